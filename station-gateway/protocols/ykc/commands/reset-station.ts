import { reboot, rebootReply } from '@voltpile/ykc/messages/reboot';
import type { YkcCommand } from '../command.ts';
import { byAnswer, unable } from '../outcome.ts';

const WHEN = { Immediate: 1, OnIdle: 2 } as const;

/** 0x92 → 0x91 (V1.6 §6): the pile boots anew, now or when nobody charges. */
export const resetStation: YkcCommand<'reset-station'> = {
  action: 'reset-station',
  frames: [reboot.code],
  async execute({ payload }, pile, deadline) {
    if (payload.evseId !== undefined) return unable('The pile can only be reset as a whole.');
    const question = { pileNo: pile.link.identity, when: WHEN[payload.type] };
    const reply = await pile.ask(reboot, question, rebootReply, () => true, deadline);
    return byAnswer(reply, rebootReply, ({ result }) => result === 1);
  },
};
