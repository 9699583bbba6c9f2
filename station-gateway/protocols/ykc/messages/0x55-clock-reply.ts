import { clockReply } from '@voltpile/ykc/messages/clock';
import type { YkcMessage } from '../message.ts';

/** 0x55 (V1.6 §6; answers 0x56): what the pile's clock shows. */
export const clockReplyMessage: YkcMessage<typeof clockReply.fields> = {
  table: clockReply,
  tells: [],
  async handle(values, exchange) {
    const { pile, frame, turn } = exchange;
    pile.questions.answered(clockReply.code, values, frame);
    pile.clockShown(exchange.time(values.time), turn);
  },
};
