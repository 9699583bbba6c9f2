import { defineError } from '@voltpile/kernel/errors';
import { isUuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { type KeysetList, makePage, readPageRequest } from '@voltpile/platform/database/keyset-page';
import type { Knex } from 'knex';
import { foldToken } from '../authorization/evaluate-token.ts';
import type { TransactionsPort, TransactionView } from '../contract/operator-ports.ts';
import { listBills } from '../persistence/station-bills-repository.ts';
import {
  type EventPosition,
  findTransaction,
  listSamples,
  listTransactionEvents,
  listTransactions,
  type SamplePosition,
} from '../persistence/transactions-repository.ts';

export const transactionNotFound = defineError('transaction.not_found', 'NotFound', 'There is no such transaction.');
export const badTime = defineError('transaction.bad_time', 'InvalidArgument', '{name} is not an RFC 3339 time.');

const TRANSACTIONS: KeysetList = { name: 'transactions', isKey: isUuid };
const EVENTS: KeysetList = { name: 'transaction-events', isKey: (key) => readEventPosition(key) !== undefined };
const BILLS: KeysetList = { name: 'station-bills', isKey: (key) => /^\d{1,9}$/.test(key) };
const SAMPLES: KeysetList = { name: 'meter-values', isKey: (key) => readPosition(key) !== undefined };

/** What operators see of transactions and their samples. */
export function createTransactionsQuery(db: Knex): TransactionsPort {
  const find: TransactionsPort['get'] = async (scope, id) => {
    const view = isUuid(id) ? await withDatabaseErrors(() => findTransaction(db, scope, id)) : undefined;
    if (view === undefined) throw transactionNotFound({ id });
    return view;
  };
  return {
    get: find,
    async list(scope, filter, page) {
      const { limit, after } = readPageRequest(TRANSACTIONS, page);
      const conditions = {
        stationIdentity: filter.stationId,
        siteId: filter.siteId,
        status: filter.status,
        idToken: filter.idToken === undefined ? undefined : foldToken(filter.idToken),
        parallelGroup: filter.parallelGroup,
        from: readTime('from', filter.from),
        to: readTime('to', filter.to),
      };
      const rows = await withDatabaseErrors(() => listTransactions(db, scope, conditions, after, limit + 1));
      return makePage(
        TRANSACTIONS,
        rows,
        limit,
        (row: TransactionView) => row.id,
        (row) => row,
      );
    },
    async meterValues(scope, id, filter, page) {
      const { limit, after } = readPageRequest(SAMPLES, page);
      await find(scope, id);
      const position = after === null ? null : (readPosition(after) ?? null);
      const rows = await withDatabaseErrors(() => listSamples(db, id, filter, position, limit + 1));
      return makePage(
        SAMPLES,
        rows,
        limit,
        (row) => writePosition(row.position),
        (row) => row.view,
      );
    },
    async events(scope, id, page) {
      const { limit, after } = readPageRequest(EVENTS, page);
      await find(scope, id);
      const position = after === null ? null : (readEventPosition(after) ?? null);
      const rows = await withDatabaseErrors(() => listTransactionEvents(db, id, position, limit + 1));
      return makePage(
        EVENTS,
        rows,
        limit,
        (row) => `${row.position.number}/${row.position.digest}`,
        (row) => row.view,
      );
    },
    async bills(scope, id, page) {
      const { limit, after } = readPageRequest(BILLS, page);
      await find(scope, id);
      const rows = await withDatabaseErrors(() => listBills(db, id, Number(after ?? 0), limit + 1));
      return makePage(
        BILLS,
        rows,
        limit,
        (row) => String(row.position),
        (row) => row.view,
      );
    },
  };
}

function readTime(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw badTime({ name });
  return at;
}

function writePosition({ occurredAt, kindId, ordinal, conflict }: SamplePosition): string {
  return `${occurredAt}/${kindId}/${ordinal}/${conflict}`;
}

function readPosition(key: string): SamplePosition | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\/(\d{1,9})\/(\d{1,5})\/([0-9a-f-]{36})$/.exec(key);
  if (match === null || !isUuid(match[4] as string)) return undefined;
  return {
    occurredAt: match[1] as string,
    kindId: Number(match[2]),
    ordinal: Number(match[3]),
    conflict: match[4] as string,
  };
}

function readEventPosition(key: string): EventPosition | undefined {
  const match = /^(-?\d{1,10})\/([0-9a-f-]{36})$/.exec(key);
  if (match === null || !isUuid(match[2] as string)) return undefined;
  return { number: Number(match[1]), digest: match[2] as string };
}
