import { workParameters, workParametersReply } from '@voltpile/ykc/messages/work-parameters';
import type { YkcCommand } from '../command.ts';
import { byAnswer, unable } from '../outcome.ts';

const FULL_POWER_PERCENT = 100;

/** 0x52 → 0x51 (V1.6 §6): the whole pile works, or does not. A limit of its power is set by the raw frame. */
export const changeAvailability: YkcCommand<'change-availability'> = {
  action: 'change-availability',
  frames: [workParameters.code],
  async execute({ payload }, pile, deadline) {
    const { evseId = 0, operationalStatus } = payload;
    const isWhole = evseId === 0 || (evseId === 1 && pile.guns === 1);
    if (!isWhole) return unable('The pile can only be locked as a whole: leave the evseId out.');
    const lock = operationalStatus === 'Operative' ? 0 : 1;
    const question = { pileNo: pile.link.identity, lock, maxPower: FULL_POWER_PERCENT };
    const reply = await pile.ask(workParameters, question, workParametersReply, () => true, deadline);
    return byAnswer(reply, workParametersReply, ({ result }) => result === 1);
  },
};
