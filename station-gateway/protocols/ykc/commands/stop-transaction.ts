import { remoteStop, remoteStopReply } from '@voltpile/ykc/messages/stop';
import type { YkcCommand } from '../command.ts';
import { byAnswer, failed } from '../outcome.ts';
import { gunOfSerial } from '../values/serials.ts';

/**
 * 0x36 → 0x35 (V1.6 §4.2). The frame names a gun, not a charge: the gun that tells of this charge, or the one in its serial. When that gun is known
 * to charge for somebody else, nothing is sent.
 */
export const stopTransaction: YkcCommand<'stop-transaction'> = {
  action: 'stop-transaction',
  async execute({ stationTransactionId }, pile, deadline) {
    if (stationTransactionId === undefined) return failed('Unsendable', "The pile's name of this charge is not known.");
    const guns = [...pile.gunsKnown()];
    const gun =
      guns.find(({ charge }) => charge?.serial === stationTransactionId)?.gun ?? gunOfSerial(stationTransactionId);
    const other = guns.find((one) => one.gun === gun)?.charge;
    if (!/^\d\d$/.test(gun)) return failed('Unsendable', 'It is not known which gun this charge is at.');
    if (other !== undefined && other !== null && other.serial !== stationTransactionId) {
      return failed('NotCharging', 'The gun charges under another serial by now.');
    }
    const reply = await pile.ask(
      remoteStop,
      { pileNo: pile.link.identity, gun },
      remoteStopReply as typeof remoteStopReply & { readonly variant?: never },
      // One maker leaves out the gun.
      (values) => values.gun === undefined || values.gun === gun,
      deadline,
    );
    return byAnswer(reply, remoteStopReply as never, ({ result }: { readonly result: number }) => result === 1);
  },
};
