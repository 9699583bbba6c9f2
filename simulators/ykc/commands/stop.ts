import { remoteStop, remoteStopReply } from '@voltpile/ykc/messages/stop';
import { STOPPED } from '../stop-causes.ts';
import { command } from './command.ts';

const WRONG_PILE = 1;
const NOT_CHARGING = 2;

export const stop = command(remoteStop, remoteStopReply, (pile, { pileNo, gun: number }) => {
  const gun = pileNo === pile.identity ? pile.gunOf(number) : undefined;
  const answer = (result: number, failReason: number) => ({
    response: { pileNo: pile.identity, gun: number, result, failReason },
    ...(pile.quirks.shortStopReply ? { body: Buffer.from([result, failReason]) } : {}),
  });
  if (pileNo !== pile.identity) return answer(0, WRONG_PILE);
  if (gun?.transaction === undefined) return answer(0, NOT_CHARGING);
  return { ...answer(1, 0), afterwards: () => pile.charges.stop(gun, STOPPED.byApp) };
});
