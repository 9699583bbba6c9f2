import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { LoggedMessageView, LogLevel, MessageLogFilter } from '../contract/message-log.ts';
import { withinScope } from './within-scope.ts';

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
}

const log = (db: Knex): Knex.QueryBuilder => db.withSchema('operations').table('message_log');
const levels = (db: Knex): Knex.QueryBuilder => db.withSchema('operations').table('message_log_levels');

/** Newest first, before the given id. Times are checked by the caller. */
export async function listMessages(
  db: Knex,
  scope: AccessScope,
  filter: MessageLogFilter,
  before: Uuid | null,
  count: number,
): Promise<LoggedMessageView[]> {
  const rows: Row[] = await log(db)
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
    .orderBy('id', 'desc')
    .limit(count);
  return rows.map(fromRow);
}

export async function readLevels(db: Knex): Promise<Map<string, LogLevel>> {
  const rows: { station_id: string; level: LogLevel }[] = await levels(db).select('station_id', 'level');
  return new Map(rows.map(({ station_id, level }) => [station_id, level]));
}

/** null: none of its own. */
export async function storeLevel(db: Knex, stationId: string, level: LogLevel | null, at: Instant): Promise<void> {
  if (level === null) {
    await levels(db).where('station_id', stationId).delete();
    return;
  }
  await levels(db)
    .insert({ station_id: stationId, level, updated_at: toIso(at) })
    .onConflict('station_id')
    .merge();
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
  };
}
