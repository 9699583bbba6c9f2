import { remoteStop, remoteStopReply } from '@voltpile/ykc/messages/stop';
import type { YkcCommand } from '../command.ts';
import { byAnswer, failed } from '../outcome.ts';
import { gunOfCharge } from '../pile/gun-of-charge.ts';

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
    const gun = gunOfCharge(stationTransactionId, pile);
    if (gun === undefined) return failed('Unsendable', 'It is not known which gun this charge is at.');
    if (gun.charge !== null && gun.charge.serial !== stationTransactionId) {
      return failed('NotCharging', 'The gun charges under another serial by now.');
    }
    return byAnswer(await pile.stop(gun.gun, deadline), remoteStopReply, ({ result }) => result === OK);
  },
};
