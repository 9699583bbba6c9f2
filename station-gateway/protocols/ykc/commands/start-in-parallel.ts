import type { StationCommandOf } from '@voltpile/csms/contract/commands';
import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import { type Instant, instant } from '@voltpile/kernel/clock';
import { parallelRemoteStart, parallelRemoteStartReply } from '@voltpile/ykc/messages/parallel';
import { orderOf } from '../order.ts';
import { byAnswer, failed, noSuchGun } from '../outcome.ts';
import type { GunState } from '../pile/gun-state.ts';
import type { YkcPile } from '../pile/ykc-pile.ts';
import { hasStarted, START_WITHIN_MS } from '../values/start-reply.ts';
import { wallMsOf } from '../values/wall-time.ts';

type Numbered = StationCommandOf<'start-transaction'> & { readonly remoteStartId: number };

/**
 * 0xA4 → 0xA3 for each gun (V1.6 §4.7): one car, several guns. Each gun has a serial of its own, the group number is ours. All have to say yes:
 * when one does not, those that did are stopped.
 *
 * @param evseIds the main gun first
 */
export async function startInParallel(
  command: Numbered,
  evseIds: readonly number[],
  pile: YkcPile,
  deadline: Instant,
): Promise<CommandOutcome> {
  const { link } = pile;
  const { remoteStartId } = command;
  const now = link.clock.now();
  const guns: { readonly evseId: number; readonly gun: GunState; readonly serial: string }[] = [];
  for (const evseId of new Set(evseIds)) {
    const gun = pile.gunAt(evseId);
    if (gun === undefined) return noSuchGun(pile.guns);
    guns.push({ evseId, gun, serial: pile.serials.next(gun.gun, now) });
  }
  if (guns.length < 2) return failed('Unsendable', 'A parallel charge needs two guns.');
  const parallelNo = new Date(wallMsOf(now, link.timeZone)).toISOString().slice(2, 19).replace(/\D/g, '');
  const [main, ...others] = guns;
  await link.port.startNamed({
    station: link.station,
    remoteStartId,
    stationTransactionId: main?.serial ?? '',
    startBy: instant(now + START_WITHIN_MS),
    parallelGroup: parallelNo,
    parallel: others.map(({ evseId, serial }) => ({ evseId, stationTransactionId: serial })),
  });
  const outcomes = await Promise.all(
    guns.map(async ({ evseId, gun, serial }) => {
      const reply = await pile.ask(
        parallelRemoteStart,
        { ...orderOf(pile, gun.gun, serial, command), parallelNo },
        parallelRemoteStartReply,
        (values) => values.txSerial === serial,
        deadline,
      );
      return { evseId, gun, serial, outcome: byAnswer(reply, parallelRemoteStartReply, hasStarted) };
    }),
  );
  const refused = outcomes.find(({ outcome }) => outcome.status !== 'accepted');
  const response = outcomes.map(({ evseId, outcome }) => ({
    evseId,
    status: outcome.status,
    answer: outcome.response,
  }));
  if (refused === undefined) return { status: 'accepted', response: { guns: response } };
  for (const { gun, serial, outcome } of outcomes) {
    gun.void(serial);
    if (outcome.status === 'accepted') void pile.stop(gun.gun);
  }
  return { status: refused.outcome.status, response: { guns: response } };
}
