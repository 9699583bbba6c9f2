import { parallelRemoteStart, parallelRemoteStartReply } from '@voltpile/ykc/messages/parallel';
import type { Order } from '../charge.ts';
import { START_FAILED } from '../charging.ts';
import { command } from './command.ts';

/** One for each gun, all with the group's number: the first is the main gun. */
export const startParallel = command(parallelRemoteStart, parallelRemoteStartReply, (pile, values) => {
  const { txSerial, pileNo, gun: number, logicCard, physCard, balance, parallelNo } = values;
  const gun = pile.gunOf(number);
  const group = pile.parallel.groupOf(parallelNo);
  const mainAux = group.guns.size === 0 || group.guns.has(gun?.id ?? 0) ? 0 : 1;
  const own = { txSerial, pileNo: pile.identity, gun: number, mainAux, parallelNo };
  if (pileNo !== pile.identity) return { response: { ...own, result: 0, failReason: START_FAILED.wrongPile } };
  const order: Order = { kind: 'app', serial: txSerial, logicCard, physCard, balance, group };
  const failReason = pile.charging.order(gun, order, (result) => {
    pile.say(parallelRemoteStartReply, { ...own, result, failReason: 0 });
  });
  if (gun !== undefined) group.guns.add(gun.id);
  if (failReason !== 0 || gun === undefined) return { response: { ...own, result: 0, failReason } };
  return {
    response: { ...own, result: 1, failReason: 0 },
    afterwards: () => void pile.starts.carryOut(gun, order),
  };
});
