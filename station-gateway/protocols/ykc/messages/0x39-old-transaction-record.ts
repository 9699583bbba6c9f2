import { oldTransactionRecord } from '@voltpile/ykc/messages/record';
import type { YkcMessage } from '../message.ts';
import { tellRecord } from '../tell-record.ts';

/** 0x39 (up to V1.4; answer 0x40): the record with meters of four bytes. */
export const oldTransactionRecordMessage: YkcMessage<typeof oldTransactionRecord.fields> = {
  table: oldTransactionRecord,
  tells: ['transactionStarted', 'transactionEnded'],
  handle: (values, exchange) => tellRecord(values, exchange),
};
