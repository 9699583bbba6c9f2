import { minBytesOf } from '@voltpile/ykc/fields/field-types';
import type { MessageTable } from '@voltpile/ykc/messages/message';
import { oldTransactionRecord, transactionRecord, transactionRecord17 } from '@voltpile/ykc/messages/record';

const RECORDS: readonly MessageTable[] = [oldTransactionRecord, transactionRecord, transactionRecord17];

/** Each has a length of its own. */
const BY_LENGTH: ReadonlyMap<number, MessageTable> = new Map(
  RECORDS.map((table) => [Object.values(table.fields).reduce((sum, field) => sum + minBytesOf(field), 0), table]),
);

export function isRecord({ code }: MessageTable): boolean {
  return RECORDS.some((table) => table.code === code);
}

/** How a record is to be read: some piles send the record of one version under the type of another, so its length decides. */
export function recordTableOf(table: MessageTable, bodyBytes: number): MessageTable {
  return isRecord(table) ? (BY_LENGTH.get(bodyBytes) ?? table) : table;
}
