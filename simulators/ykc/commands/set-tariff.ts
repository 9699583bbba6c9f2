import { tariffSet, tariffSetReply } from '@voltpile/ykc/messages/tariff';
import { readModel } from '../tariff.ts';
import { command } from './command.ts';

/** Only while nobody charges. */
export const setTariff = command(tariffSet, tariffSetReply, (pile, values) => {
  const model = readModel(values);
  const isIdle = pile.chargingConnectors.every(({ transaction }) => transaction === undefined);
  if (model !== undefined && isIdle) pile.tariff.take(model);
  return { response: { pileNo: pile.identity, result: model !== undefined && isIdle ? 1 : 0 } };
});
