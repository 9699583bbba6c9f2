import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { plainArray, textArray } from './array-literal.ts';
import type { BatchQuery, Statement } from './batch-connection.ts';
import { integerArray, timeArray, uuidArray } from './binary-array.ts';

export type TransactionEventType = 'started' | 'updated' | 'ended';

/** A report about a transaction, ready for its row. */
export interface TransactionEventRow {
  readonly transactionId: Uuid;
  /** The transaction's. */
  readonly partitionAt: Instant;
  readonly number: number;
  /** 128 bits, written as a UUID. */
  readonly digest: string;
  readonly type: TransactionEventType;
  readonly trigger: string | null;
  readonly chargingState: string | null;
  readonly offline: boolean | null;
  readonly occurredAt: Instant;
  readonly effectiveAt: Instant;
  readonly receivedAt: Instant;
}

const COLUMNS = `transaction_id, partition_at, number, digest, type, trigger, charging_state, offline, occurred_at, effective_at,
  received_at`;

const INSERT: Statement = {
  name: 'transaction-events-insert',
  text: `insert into csms.transaction_events (${COLUMNS})
    select * from unnest($1::uuid[], $2::timestamptz[], $3::int[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::boolean[],
      $9::timestamptz[], $10::timestamptz[], $11::timestamptz[])
    on conflict do nothing`,
};

/** Transactions of whom at least one of these reports is new: stored ones carry the time at which their own message was read. */
const FIND_NEW: Statement = {
  name: 'transaction-events-find-new',
  text: `select distinct x.transaction_id
    from unnest($1::uuid[], $2::timestamptz[], $3::int[], $4::uuid[], $5::timestamptz[])
      as x (transaction_id, partition_at, number, digest, received_at)
    join csms.transaction_events e using (transaction_id, partition_at, number, digest)
    where e.received_at = x.received_at`,
};

/** Stores reports; what is there already stays as it is. */
export function insertTransactionEvents(rows: readonly TransactionEventRow[]): BatchQuery {
  return {
    statement: INSERT,
    values: [
      uuidArray(rows.map((row) => row.transactionId)),
      timeArray(rows.map((row) => row.partitionAt)),
      integerArray(rows.map((row) => row.number)),
      uuidArray(rows.map((row) => row.digest)),
      plainArray(rows.map((row) => row.type)),
      textArray(rows.map((row) => row.trigger)),
      textArray(rows.map((row) => row.chargingState)),
      plainArray(rows.map((row) => row.offline)),
      timeArray(rows.map((row) => row.occurredAt)),
      timeArray(rows.map((row) => row.effectiveAt)),
      timeArray(rows.map((row) => row.receivedAt)),
    ],
  };
}

/** To be run after {@link insertTransactionEvents} inserted fewer rows than it was given. */
export function findNewTransactionEvents(rows: readonly TransactionEventRow[]): BatchQuery {
  return {
    statement: FIND_NEW,
    values: [
      uuidArray(rows.map((row) => row.transactionId)),
      timeArray(rows.map((row) => row.partitionAt)),
      integerArray(rows.map((row) => row.number)),
      uuidArray(rows.map((row) => row.digest)),
      timeArray(rows.map((row) => row.receivedAt)),
    ],
  };
}
