import { tariffSet, tariffSetReply } from '@voltpile/ykc/messages/tariff';
import type { YkcCommand } from '../command.ts';
import { byAnswer } from '../outcome.ts';
import { fromStationTariff, toTariffBody } from '../tariff-model.ts';

/** 0x58 → 0x57 (V1.6 §6): the prices that the pile shows and counts by from then on. */
export const applyTariff: YkcCommand<'apply-tariff'> = {
  action: 'apply-tariff',
  frames: [tariffSet.code],
  async execute({ payload }, pile, deadline) {
    const body = toTariffBody(pile.link.identity, fromStationTariff(payload.tariff));
    const reply = await pile.ask(tariffSet, body, tariffSetReply, () => true, deadline);
    return byAnswer(reply, tariffSetReply, ({ result }) => result === 1);
  },
};
