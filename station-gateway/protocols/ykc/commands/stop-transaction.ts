import { remoteStop, remoteStopReply } from '@voltpile/ykc/messages/stop';
import type { YkcCommand } from '../command.ts';
import { byAnswer, failed } from '../outcome.ts';
import type { GunState } from '../pile/gun-state.ts';
import type { YkcPile } from '../pile/ykc-pile.ts';
import { toEvseId } from '../values/guns.ts';
import { gunOfSerial } from '../values/serials.ts';

const OK = 1;

/**
 * 0x36 → 0x35 (V1.6 §4.2). The frame names a gun, not a charge: the gun that tells of this charge, or the one in its serial. When that gun is known
 * to charge for somebody else, nothing is sent.
 */
export const stopTransaction: YkcCommand<'stop-transaction'> = {
  action: 'stop-transaction',
  frames: [remoteStop.code],
  async execute({ stationTransactionId }, pile, deadline) {
    if (stationTransactionId === undefined) return failed('Unsendable', "The pile's name of this charge is not known.");
    const gun = gunOf(stationTransactionId, pile);
    if (gun === undefined) return failed('Unsendable', 'It is not known which gun this charge is at.');
    if (gun.charge !== null && gun.charge.serial !== stationTransactionId) {
      return failed('NotCharging', 'The gun charges under another serial by now.');
    }
    return byAnswer(await pile.stop(gun.gun, deadline), remoteStopReply, ({ result }) => result === OK);
  },
};

function gunOf(serial: string, pile: YkcPile): GunState | undefined {
  for (const gun of pile.gunsKnown()) {
    if (gun.charge?.serial === serial) return gun;
  }
  const told = gunOfSerial(serial, pile.link.identity);
  const evseId = told === undefined ? undefined : toEvseId(told, pile.guns);
  return evseId === undefined ? undefined : pile.gunAt(evseId);
}
