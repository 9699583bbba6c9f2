import type { StationCommandOf } from '@voltpile/csms/contract/commands';
import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import { type Instant, instant } from '@voltpile/kernel/clock';
import type { ValuesOf } from '@voltpile/ykc/fields/field-types';
import { codeText } from '@voltpile/ykc/messages/message';
import { parallelRemoteStart } from '@voltpile/ykc/messages/parallel';
import { remoteStart, remoteStartReply } from '@voltpile/ykc/messages/start';
import type { YkcCommand } from '../command.ts';
import { orderOf } from '../order.ts';
import { byAnswer, failed, noSuchGun, shown } from '../outcome.ts';
import type { GunState } from '../pile/gun-state.ts';
import type { YkcPile } from '../pile/ykc-pile.ts';
import { hasStarted, START_WITHIN_MS } from '../values/start-reply.ts';
import { startInParallel } from './start-in-parallel.ts';

type StartReply = ValuesOf<typeof remoteStartReply.fields>;

/** What the pile answers to 0x34 when no car is plugged in. */
const NOT_PLUGGED_IN = 5;
/** A gun that is plugged in within 60 s of the command starts all the same (V1.6 §4.4); the rest is for the way. */
const LATE_PLUG_MS = 65_000;

/**
 * 0x34 → 0x33 (V1.6 §4.2, §4.4). The serial of the charge is made here and known to the domain before the pile is told. Without a car the order
 * stands for a minute: the outcome is `accepted` when the car comes before the deadline, and a charge that begins after the minute is stopped.
 */
export const startTransaction: YkcCommand<'start-transaction'> = {
  action: 'start-transaction',
  frames: [remoteStart.code, parallelRemoteStart.code],
  async execute(command, pile, deadline) {
    const { payload, remoteStartId } = command;
    const evseId = payload.evseId ?? (pile.guns === 1 ? 1 : undefined);
    if (evseId === undefined) return failed('EvseNeeded', 'This pile has several guns: name one by its evseId.');
    if (remoteStartId === undefined) return failed('Unsendable', 'The start has no number.');
    if (payload.chargingProfile !== undefined)
      return failed('NotSupported', 'The protocol of this pile has no charging profiles.');
    if (payload.parallelEvseIds !== undefined) {
      const evseIds = [evseId, ...payload.parallelEvseIds];
      return startInParallel({ ...command, remoteStartId }, evseIds, pile, deadline);
    }
    const gun = pile.gunAt(evseId);
    if (gun === undefined) return noSuchGun(pile.guns);
    const now = pile.link.clock.now();
    const serial = pile.serials.next(gun.gun, now);
    await pile.link.port.startNamed({
      station: pile.link.station,
      remoteStartId,
      stationTransactionId: serial,
      startBy: instant(now + START_WITHIN_MS),
    });
    return start(pile, gun, serial, command, deadline);
  },
};

/** Some piles put the reason into the result. */
function isNotPluggedIn({ result, failReason }: StartReply): boolean {
  return failReason === NOT_PLUGGED_IN || result === NOT_PLUGGED_IN;
}

async function start(
  pile: YkcPile,
  gun: GunState,
  serial: string,
  command: StationCommandOf<'start-transaction'>,
  deadline: Instant,
): Promise<CommandOutcome> {
  const { link, stream, questions } = pile;
  const sentAt = link.clock.now();
  const name = codeText(remoteStart.code);
  const bytes = stream.request(remoteStart, orderOf(pile, gun.gun, serial, command));
  const fits = (values: StartReply): boolean => values.txSerial === serial;
  const reply = await questions.ask(name, bytes, remoteStartReply, fits, deadline);
  if (reply.kind !== 'answered' || !isNotPluggedIn(reply.values)) {
    const outcome = byAnswer(reply, remoteStartReply, hasStarted);
    if (outcome.status === 'rejected') gun.void(serial);
    return outcome;
  }
  // The domain waits until its deadline at most, the order stands longer.
  const orderEnds = instant(sentAt + LATE_PLUG_MS);
  // Told once more that there is no car we know no more than before.
  const isNews = (values: StartReply): boolean => fits(values) && !isNotPluggedIn(values);
  const late = questions.wait({ name, bytes }, remoteStartReply, isNews, orderEnds);
  void late.then((second) => {
    // A pile that has begun in time and not said so in words has said it by charging.
    const hasBegun = second.kind === 'answered' ? hasStarted(second.values) : gun.charge?.serial === serial;
    if (!hasBegun) gun.void(serial);
  });
  const notPlugged: CommandOutcome = {
    status: deadline < orderEnds ? 'timeout' : 'rejected',
    response: {
      ...shown(remoteStartReply, reply.values),
      message:
        'No car was plugged in before the deadline; for one that is within a minute of the command the start still counts.',
    },
  };
  const patience = new Promise<'over'>((resolve) => {
    setTimeout(() => resolve('over'), Math.max(0, Math.min(deadline, orderEnds) - link.clock.now())).unref();
  });
  const second = await Promise.race([late, patience]);
  if (second === 'over' || second.kind === 'timeout') return notPlugged;
  return byAnswer(second, remoteStartReply, hasStarted);
}
