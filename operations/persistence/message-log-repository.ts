import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { Uuid } from '@voltpile/kernel/ids';
import { withinScope } from '@voltpile/platform/database/within-scope';
import type { Knex } from 'knex';
import type { LoggedMessageView, LogLevel, MessageLogFilter } from '../contract/message-log.ts';
import { MAX_FRAME_CHARACTERS } from '../message-log/exchange-row.ts';

interface Row {
  readonly id: Uuid;
  readonly station_id: string;
  readonly organization_id: Uuid;
  readonly site_id: Uuid;
  readonly protocol: string;
  readonly direction: LoggedMessageView['direction'];
  readonly action: string | null;
  readonly message_id: string | null;
  readonly outcome: LoggedMessageView['outcome'];
  readonly error_code: string | null;
  readonly requested_at: Date;
  readonly latency_ms: number | null;
  readonly request: string;
  readonly response: string | null;
  readonly request_bytes: number;
  readonly response_bytes: number | null;
  readonly truncated: boolean;
  readonly oddities: string[];
}

const log = (db: Knex): Knex.QueryBuilder => db.withSchema('operations').table('message_log');
const levels = (db: Knex): Knex.QueryBuilder => db.withSchema('operations').table('message_log_levels');

export interface MessageQuestion {
  readonly scope: AccessScope;
  /** Times are checked by the caller. */
  readonly filter: MessageLogFilter;
  /** The last message that was shown. */
  readonly before: Uuid | null;
  readonly count: number;
  /** Of the frames of all rows together; at least one row is read. */
  readonly maxBytes: number;
  /** The question is given up after so long. */
  readonly timeoutMs: number;
}

/**
 * Messages, newest first: at most `count`, or fewer when their frames are large.
 *
 * @returns `isMore`: there are further ones behind these
 */
export async function listMessages(
  knex: Knex,
  question: MessageQuestion,
): Promise<{ readonly items: LoggedMessageView[]; readonly isMore: boolean }> {
  const { count, maxBytes, timeoutMs } = question;
  // Sizes are known without the frames, which lie apart from their rows when they are large.
  const size = `least(request_bytes, ${MAX_FRAME_CHARACTERS}) + least(coalesce(response_bytes, 0), ${MAX_FRAME_CHARACTERS})`;
  const rows: (Row & { readonly found: string })[] = await knex.transaction(async (trx) => {
    await trx.raw(`set local statement_timeout = ${Math.ceil(timeoutMs)}`);
    return trx
      .with('candidates', matching(trx, question, count + 1))
      .with(
        'sized',
        trx
          .from('candidates')
          .select(
            '*',
            trx.raw(`sum(${size}) over (order by id desc) - (${size}) as bytes_before`),
            trx.raw('count(*) over () as found'),
          ),
      )
      .from('sized')
      .where('bytes_before', '<', maxBytes)
      .orderBy('id', 'desc')
      .limit(count);
  });
  return { items: rows.map(fromRow), isMore: rows.length > 0 && Number(rows[0]?.found) > rows.length };
}

function matching(db: Knex, { scope, filter, before }: MessageQuestion, count: number): Knex.QueryBuilder {
  return log(db)
    .modify(withinScope(scope))
    .modify((query: Knex.QueryBuilder) => {
      const { stationId, action, direction, outcome, messageId, search, from, to } = filter;
      const same = { station_id: stationId, action, direction, outcome, message_id: messageId };
      for (const [column, value] of Object.entries(same)) if (value !== undefined) query.where(column, value);
      if (search !== undefined) {
        query.whereRaw('(strpos(request, ?) > 0 or strpos(response, ?) > 0)', [search, search]);
      }
      if (from !== undefined) query.whereRaw('requested_at >= ?::timestamptz', [from]);
      if (to !== undefined) query.whereRaw('requested_at < ?::timestamptz', [to]);
      if (before !== null) query.whereRaw('id < ?::uuid', [before]);
    })
    .select('*')
    .orderBy('id', 'desc')
    .limit(count);
}

export interface StoredLevel {
  readonly stationId: string;
  /** null: the server's default again. */
  readonly level: LogLevel | null;
  readonly changedAt: Date;
}

/** Levels that were changed at this time or later, oldest change first; null: all that stations have. */
export async function readLevels(db: Knex, since: Date | null): Promise<StoredLevel[]> {
  const rows: { station_id: string; level: LogLevel | null; changed_at: Date }[] = await levels(db)
    .modify((query: Knex.QueryBuilder) => {
      if (since === null) query.whereNotNull('level');
      else query.where('changed_at', '>=', since);
    })
    .orderBy('changed_at')
    .select('station_id', 'level', 'changed_at');
  return rows.map((row) => ({ stationId: row.station_id, level: row.level, changedAt: row.changed_at }));
}

/** null: none of its own. By the database's clock, so that nodes agree on the order. */
export async function storeLevel(db: Knex, stationId: string, level: LogLevel | null): Promise<void> {
  await db.raw(
    `insert into operations.message_log_levels (station_id, level, changed_at) values (?, ?, clock_timestamp())
     on conflict (station_id) do update set level = excluded.level, changed_at = excluded.changed_at`,
    [stationId, level],
  );
}

/** Rows for which no day was there when they came, and whose time is over. */
export async function dropStrayMessages(db: Knex, before: Date): Promise<void> {
  await db.withSchema('operations').from('message_log_default').where('requested_at', '<', before).delete();
}

function fromRow(row: Row): LoggedMessageView {
  return {
    id: row.id,
    stationId: row.station_id,
    organizationId: row.organization_id,
    siteId: row.site_id,
    protocol: row.protocol,
    direction: row.direction,
    action: row.action,
    messageId: row.message_id,
    outcome: row.outcome,
    errorCode: row.error_code,
    requestedAt: row.requested_at.toISOString(),
    latencyMs: row.latency_ms,
    request: row.request,
    response: row.response,
    requestBytes: row.request_bytes,
    responseBytes: row.response_bytes,
    truncated: row.truncated,
    oddities: row.oddities,
  };
}
