import { transactionRecord } from '@voltpile/ykc/messages/record';
import type { YkcMessage } from '../message.ts';
import { tellRecord } from '../tell-record.ts';

/** 0x3B (V1.6 §6; answer 0x40): a charge is over; from the pile's memory after a break. */
export const transactionRecordMessage: YkcMessage<typeof transactionRecord.fields> = {
  table: transactionRecord,
  tells: ['transactionStarted', 'transactionEnded'],
  handle: (values, exchange) => tellRecord(values, exchange),
};
