import { type Instant, instant } from '@voltpile/kernel/clock';
import { appendEvents, type NewEvent } from '../outbox/append-events.ts';
import type { NewRawMessage } from '../transactions/decision-book.ts';
import { plainArray, textArray } from './array-literal.ts';
import type { BatchConnection, BatchQuery, Statement } from './batch-connection.ts';
import { uuidArray } from './binary-array.ts';
import { insertEvses } from './evse-statements.ts';
import {
  countSamples,
  findNewlyStored,
  insertRawMessages,
  insertSamples,
  keepConflicts,
  type SampleBlock,
  timeText,
} from './sample-statements.ts';
import {
  findNewTransactionEvents,
  insertTransactionEvents,
  type TransactionEventRow,
} from './transaction-event-statements.ts';

/** Whose samples a message brings: a transaction's, or (without one) an EVSE's. */
export interface SampleOwner {
  readonly id: string;
  readonly kind: 'transaction' | 'evse';
  readonly partitionAt: Instant | null;
  readonly organizationId: string;
  readonly siteId: string;
  readonly stationIdentity: string;
  readonly evseId: number | null;
  readonly stationTransactionId: string | null;
}

const OWNERS_BY_NUMBER: Statement = {
  name: 'metered-owners-by-number',
  text: `select x.position::int as position, t.id, t.partition_at, t.organization_id, t.site_id, t.evse_id,
      t.station_transaction_id, s.identity
    from unnest($1::uuid[], $2::text[]) with ordinality as x (station_id, number, position)
    cross join lateral (
      select * from csms.transactions t
      where t.station_id = x.station_id and t.station_transaction_id = x.number and t.origin = 'reported' offset 0) t
    cross join lateral (select identity from csms.stations s where s.id = x.station_id offset 0) s`,
};

/** Messages that name no transaction belong to the one that ran on the EVSE at their time. */
const OWNERS_BY_TIME: Statement = {
  name: 'metered-owners-by-time',
  text: `select x.position::int as position, t.id, t.partition_at, coalesce(t.organization_id, s.organization_id) as organization_id,
      coalesce(t.site_id, s.site_id) as site_id, x.evse_id, t.station_transaction_id, s.identity, e.id as evse_key
    from unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::boolean[])
      with ordinality as x (station_id, evse_id, at, by_time, position)
    join csms.stations s on s.id = x.station_id
    left join csms.evses e on e.station_id = x.station_id and e.evse_id = x.evse_id
    left join lateral (
      select * from csms.transactions r
      where x.by_time and x.evse_id > 0 and r.station_id = x.station_id and r.evse_id = x.evse_id and r.started_at <= x.at
        and (r.ended_at is null or r.ended_at >= x.at)
      order by r.started_at desc limit 1
    ) t on true`,
};

/** What decides the owner of a message's samples. */
export interface OwnerQuestion {
  readonly stationId: string;
  readonly stationTransactionId: string | undefined;
  readonly evseId: number;
  readonly at: Instant;
}

/** Finds the owners, in order. An EVSE that is not known yet is made. undefined: the station itself is unknown. */
export async function findOwners(
  connection: BatchConnection,
  questions: readonly OwnerQuestion[],
): Promise<(SampleOwner | undefined)[]> {
  const owners: (SampleOwner | undefined)[] = new Array(questions.length).fill(undefined);
  const numbered: number[] = [];
  questions.forEach((question, index) => {
    if (question.stationTransactionId !== undefined) numbered.push(index);
  });
  if (numbered.length > 0) {
    const asked = numbered.map((index) => questions[index] as OwnerQuestion);
    const [result] = await connection.pipeline([
      {
        statement: OWNERS_BY_NUMBER,
        values: [
          plainArray(asked.map((question) => question.stationId)),
          textArray(asked.map((question) => question.stationTransactionId as string)),
        ],
      },
    ]);
    for (const row of result?.rows ?? []) owners[numbered[row.position - 1] as number] = ownerFromRow(row);
  }
  const open = questions.flatMap((_, index) => (owners[index] === undefined ? [index] : []));
  if (open.length > 0) await findByTime(connection, questions, open, owners);
  return owners;
}

async function findByTime(
  connection: BatchConnection,
  questions: readonly OwnerQuestion[],
  open: readonly number[],
  owners: (SampleOwner | undefined)[],
): Promise<void> {
  const asked = open.map((index) => questions[index] as OwnerQuestion);
  const query: BatchQuery = {
    statement: OWNERS_BY_TIME,
    values: [
      plainArray(asked.map((question) => question.stationId)),
      plainArray(asked.map((question) => question.evseId)),
      plainArray(asked.map((question) => timeText(question.at))),
      // A number that we do not know must not fall to whatever else ran there.
      plainArray(asked.map((question) => question.stationTransactionId === undefined)),
    ],
  };
  let [result] = await connection.pipeline([query]);
  const strangers = (result?.rows ?? []).filter((row) => row.id === null && row.evse_key === null);
  if (strangers.length > 0) {
    [, result] = await connection.pipeline([
      insertEvses(
        strangers.map((row) => ({
          stationId: (asked[row.position - 1] as OwnerQuestion).stationId,
          evseId: row.evse_id as number,
        })),
      ),
      query,
    ]);
  }
  for (const row of result?.rows ?? []) owners[open[row.position - 1] as number] = ownerFromRow(row);
}

/** What one meter message stores. */
export interface MeteredMessage {
  /** null: the message brought no samples. */
  readonly block: SampleBlock | null;
  readonly raw: NewRawMessage;
  /** Set for a report about a transaction that the station counts. */
  readonly transactionEvent: TransactionEventRow | null;
  /** Told only when the message brought something new. */
  readonly event: NewEvent;
}

/** What storing a batch has shown about the owners of its samples. */
export interface StoredMetered {
  /** A sample came again with another value (kept as a conflict). */
  readonly conflicting: ReadonlySet<string>;
  /** At least one sample was not there before; undefined: all were new. */
  readonly renewed: ReadonlySet<string> | undefined;
  /** Transactions that had ended. */
  readonly ended: ReadonlySet<string>;
}

/** Asks for the time, not the status: a partial index on the status would tempt the planner away from the ids. */
const FIND_ENDED: Statement = {
  name: 'metered-find-ended',
  text: `select t.id from csms.transactions t where t.id = any ($1::uuid[]) and t.ended_at is not null`,
};

/** Stores the messages in one transaction. */
export function storeMetered(connection: BatchConnection, messages: readonly MeteredMessage[]): Promise<StoredMetered> {
  const blocks = messages.flatMap(({ block }) => (block === null ? [] : [block]));
  const raws = messages.map(({ raw }) => raw);
  const transactionIds = raws.flatMap(({ transactionId }) => transactionId ?? []);
  const expected = countSamples(blocks);
  const counted = messages.flatMap(({ transactionEvent }) => transactionEvent ?? []);
  return connection.transaction(async (transaction) => {
    const [inserted, endedRows, reported] = await transaction.pipeline([
      insertSamples(blocks),
      { statement: FIND_ENDED, values: [uuidArray(transactionIds)] },
      ...(counted.length === 0 ? [] : [insertTransactionEvents(counted)]),
    ]);
    const ended = idsOf(endedRows?.rows, 'id');
    if (inserted?.rowCount === expected && (reported?.rowCount ?? 0) === counted.length) {
      await transaction.finish(facts(raws, events(messages, undefined)));
      return { conflicting: NONE, renewed: undefined, ended };
    }
    // Some were there already: retries for the most part.
    const [conflicts, newlyStored, newReports] = await transaction.pipeline([
      keepConflicts(blocks),
      findNewlyStored(blocks),
      ...(counted.length === 0 ? [] : [findNewTransactionEvents(counted)]),
    ]);
    const renewed = idsOf(newlyStored?.rows, 'owner_id');
    const reportedAnew = idsOf(newReports?.rows, 'transaction_id');
    await transaction.finish(facts(raws, events(messages, { renewed, reportedAnew })));
    return { conflicting: idsOf(conflicts?.rows, 'owner_id'), renewed, ended };
  });
}

const NONE: ReadonlySet<string> = new Set();

function idsOf(rows: readonly Record<string, string>[] | undefined, column: string): ReadonlySet<string> {
  return rows === undefined || rows.length === 0 ? NONE : new Set(rows.map((row) => row[column] as string));
}

/** What is told: messages that brought a sample or a counted report. With `news`, only those of owners for whom there was any new. */
function events(
  messages: readonly MeteredMessage[],
  news: { readonly renewed: ReadonlySet<string>; readonly reportedAnew: ReadonlySet<string> } | undefined,
): NewEvent[] {
  return messages.flatMap(({ block, transactionEvent, event }) => {
    const isNew =
      block !== null
        ? news === undefined || news.renewed.has(block.ownerId)
        : transactionEvent !== null && (news === undefined || news.reportedAnew.has(transactionEvent.transactionId));
    return isNew ? [event] : [];
  });
}

function facts(raws: readonly NewRawMessage[], told: readonly NewEvent[]): BatchQuery[] {
  return [insertRawMessages(raws), ...(told.length > 0 ? [appendEvents(told)] : [])];
}

// biome-ignore lint/suspicious/noExplicitAny: rows come untyped from the driver
function ownerFromRow(row: any): SampleOwner {
  return {
    id: row.id ?? row.evse_key,
    kind: row.id === null ? 'evse' : 'transaction',
    partitionAt: row.partition_at === null ? null : instant(row.partition_at.getTime()),
    organizationId: row.organization_id,
    siteId: row.site_id,
    stationIdentity: row.identity,
    evseId: row.evse_id,
    stationTransactionId: row.station_transaction_id,
  };
}
