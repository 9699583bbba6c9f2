import type { Instant } from '@voltpile/kernel/clock';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import type { Pool, QueryResult } from 'pg';
import type { AccessScope } from '../contract/access-scope.ts';
import type { DomainEvent, DomainEventType } from '../contract/events.ts';
import { query } from './query.ts';
import { scopeSql } from './scope.ts';
import { allOf, sql } from './sql.ts';

/** An event with its number, and how much room its data takes as text. */
export interface OutboxEvent {
  readonly id: bigint;
  readonly bytes: number;
  readonly event: DomainEvent;
}

interface OutboxRow {
  readonly id: string;
  readonly recorded_at: Date;
  readonly type: DomainEventType;
  readonly organization_id: string;
  readonly site_id: string | null;
  readonly station_id: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly bytes: number;
}

const COLUMNS =
  'o.id, o.recorded_at, o.type, o.organization_id, o.site_id, o.station_id, o.data, octet_length(o.data::text) as bytes';

/**
 * The newest events in the order of their numbers, as one snapshot shows them, and how far that snapshot reaches: transactions with a number
 * below `xmin` have ended, and what they committed is in it.
 */
const READ_TAIL = {
  name: 'outbox-read-tail',
  text: `select pg_snapshot_xmin(pg_current_snapshot())::text as xmin, e.*
    from (select) as one left join lateral (
      select ${COLUMNS} from csms.outbox o where o.id > $1::bigint order by o.id limit $2
    ) as e on true`,
};

export async function readTail(
  pool: Pool,
  afterId: bigint,
  limit: number,
): Promise<{ readonly xmin: bigint; readonly events: OutboxEvent[] }> {
  const { rows }: QueryResult<OutboxRow & { xmin: string }> = await withDatabaseErrors(() =>
    pool.query({ ...READ_TAIL, values: [afterId.toString(), limit] }),
  );
  const xmin = BigInt(rows[0]?.xmin ?? '0');
  return { xmin, events: rows.filter((row) => row.id !== null).map(fromRow) };
}

/** A transaction number above that of every transaction which has one by now. */
export async function readTransactionBound(pool: Pool): Promise<bigint> {
  const { rows } = await withDatabaseErrors(() => pool.query('select pg_current_xact_id()::text as bound'));
  return BigInt(rows[0].bound);
}

/** The numbers of the oldest and the newest event that are kept; 0 when there are none. */
export async function readOutboxRange(pool: Pool): Promise<{ readonly first: bigint; readonly last: bigint }> {
  const { rows } = await withDatabaseErrors(() =>
    pool.query('select coalesce(min(id), 0)::text as first, coalesce(max(id), 0)::text as last from csms.outbox'),
  );
  return { first: BigInt(rows[0].first), last: BigInt(rows[0].last) };
}

/**
 * Events in (after, until] that the scope may see. `until` must be a number that nothing can be committed below any more.
 *
 * @param types only these; all when absent
 */
export async function readEvents(
  db: Knex,
  scope: AccessScope,
  after: bigint,
  until: bigint,
  limit: number,
  types?: readonly DomainEventType[],
): Promise<OutboxEvent[]> {
  const condition = allOf([
    sql('o.id > ?::bigint and o.id <= ?::bigint', after.toString(), until.toString()),
    scopeSql(scope, { organization: 'o.organization_id', site: 'o.site_id' }),
    types === undefined ? undefined : sql('o.type = any(?::text[])', [...types]),
  ]);
  const rows = await withDatabaseErrors(() =>
    query<OutboxRow>(
      db,
      sql(
        `select ${COLUMNS} from csms.outbox o where ${condition.text} order by o.id limit ?`,
        ...condition.values,
        limit,
      ),
    ),
  );
  return rows.map(fromRow);
}

/** How far a consumer has come; a new one starts at `start`. */
export async function readCursor(db: Knex, consumer: string, start: bigint): Promise<bigint> {
  const [row] = await withDatabaseErrors(() =>
    query<{ last_id: string }>(
      db,
      sql(
        `insert into csms.outbox_cursors as c (consumer, last_id) values (?, ?::bigint)
         on conflict (consumer) do update set updated_at = c.updated_at returning last_id`,
        consumer,
        start.toString(),
      ),
    ),
  );
  return BigInt((row as { last_id: string }).last_id);
}

/** @returns false when somebody else has moved the cursor meanwhile */
export async function advanceCursor(db: Knex, consumer: string, from: bigint, to: bigint): Promise<boolean> {
  const rows = await withDatabaseErrors(() =>
    query(
      db,
      sql(
        `update csms.outbox_cursors set last_id = ?::bigint, updated_at = now()
         where consumer = ? and last_id = ?::bigint returning consumer`,
        to.toString(),
        consumer,
        from.toString(),
      ),
    ),
  );
  return rows.length === 1;
}

/** For how many seconds the oldest event waits that a consumer has not taken; 0 when it has all. */
export async function readOldestUntaken(
  pool: Pool,
): Promise<readonly { readonly consumer: string; readonly seconds: number }[]> {
  const { rows } = await withDatabaseErrors(() =>
    pool.query(
      `select c.consumer, coalesce(greatest(extract(epoch from clock_timestamp() - o.recorded_at), 0), 0)::float8 as seconds
       from csms.outbox_cursors c left join lateral (
         select recorded_at from csms.outbox where id > c.last_id order by id limit 1
       ) as o on true`,
    ),
  );
  return rows;
}

function fromRow(row: OutboxRow): OutboxEvent {
  return {
    id: BigInt(row.id),
    bytes: row.bytes,
    event: {
      id: row.id,
      type: row.type,
      recordedAt: row.recorded_at.getTime() as Instant,
      organizationId: row.organization_id,
      siteId: row.site_id,
      stationId: row.station_id,
      data: row.data,
    },
  };
}
