import { remoteStart, remoteStartReply } from '@voltpile/ykc/messages/start';
import type { Order } from '../charge.ts';
import { START_FAILED } from '../charging.ts';
import { command } from './command.ts';

export const start = command(remoteStart, remoteStartReply, (pile, values) => {
  const { txSerial, pileNo, gun: number, logicCard, physCard, balance } = values;
  const own = { txSerial, pileNo: pile.identity, gun: number };
  if (pileNo !== pile.identity) return { response: { ...own, result: 0, failReason: START_FAILED.wrongPile } };
  const gun = pile.gunOf(number);
  const order: Order = { kind: 'app', serial: txSerial, logicCard, physCard, balance, group: undefined };
  const failReason = pile.charging.order(gun, order, (result) => {
    pile.say(remoteStartReply, { ...own, result, failReason: 0 });
  });
  if (failReason !== 0 || gun === undefined) return { response: { ...own, result: 0, failReason } };
  return {
    response: { ...own, result: 1, failReason: 0 },
    afterwards: () => void pile.starts.carryOut(gun, order),
  };
});
