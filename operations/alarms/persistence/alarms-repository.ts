import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { type Instant, toIso } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { withinScope } from '@voltpile/platform/database/within-scope';
import type { Knex } from 'knex';
import type { AlarmFilter, AlarmSeverity, AlarmStatus } from '../../contract/alarms.ts';

export interface AlarmRow {
  readonly id: Uuid;
  readonly organization_id: Uuid;
  readonly site_id: Uuid;
  readonly station_id: string;
  readonly evse_id: number | null;
  readonly connector_id: number | null;
  readonly code: string;
  readonly severity: AlarmSeverity;
  readonly status: AlarmStatus;
  readonly is_present: boolean;
  readonly detail: Readonly<Record<string, string | number | null>>;
  readonly raised_at: Date;
  readonly last_raised_at: Date;
  readonly occurrences: number;
  readonly cleared_at: Date | null;
  readonly acknowledged_at: Date | null;
  readonly acknowledged_by: string | null;
  readonly assigned_to: string | null;
}

/** An alarm that begins. */
export interface NewAlarm {
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly stationId: string;
  readonly evseId: number | null;
  readonly connectorId: number | null;
  readonly code: string;
  readonly severity: AlarmSeverity;
  readonly detail: AlarmRow['detail'];
  readonly at: Instant;
}

const alarms = (db: Knex): Knex.QueryBuilder => db.withSchema('operations').table('alarms');

/** The alarms of these stations that are about something that is so. */
export async function presentAlarms(db: Knex, stationIds: readonly string[]): Promise<AlarmRow[]> {
  return alarms(db)
    .whereRaw('station_id = any(?::text[]) and is_present', [[...stationIds]])
    .select('*');
}

/**
 * Raises an alarm, or opens the one again that ended at the same place after `reopenedSince`.
 *
 * @returns its id, and whether it is that one
 */
export async function raiseAlarm(
  db: Knex,
  alarm: NewAlarm,
  reopenedSince: Instant,
): Promise<{ readonly id: Uuid; readonly isReopened: boolean }> {
  const { organizationId, siteId, stationId, evseId, connectorId, code, severity, at } = alarm;
  const detail = JSON.stringify(alarm.detail);
  const { rows } = await db.raw<{ rows: { id: Uuid }[] }>(
    `update operations.alarms set status = 'active', is_present = true, cleared_at = null, occurrences = occurrences + 1,
       last_raised_at = ?::timestamptz, severity = ?, detail = ?::jsonb, site_id = ?::uuid
     where id = (
       select id from operations.alarms where station_id = ? and code = ? and evse_id is not distinct from ?::integer
         and connector_id is not distinct from ?::integer and not is_present and cleared_at > ?::timestamptz
       order by last_raised_at desc limit 1)
     returning id`,
    [toIso(at), severity, detail, siteId, stationId, code, evseId, connectorId, toIso(reopenedSince)] as string[],
  );
  const [reopened] = rows;
  if (reopened !== undefined) return { id: reopened.id, isReopened: true };
  const id = uuidv7();
  await alarms(db).insert({
    id,
    organization_id: organizationId,
    site_id: siteId,
    station_id: stationId,
    evse_id: evseId,
    connector_id: connectorId,
    code,
    severity,
    status: 'active',
    is_present: true,
    detail,
    raised_at: toIso(at),
    last_raised_at: toIso(at),
    occurrences: 1,
  });
  return { id, isReopened: false };
}

/**
 * What these were about is over.
 *
 * @returns those that are cleared by that: not the ones that somebody had cleared before
 */
export async function endAlarms(db: Knex, ids: readonly Uuid[], at: Instant): Promise<Uuid[]> {
  if (ids.length === 0) return [];
  const { rows } = await db.raw<{ rows: { id: Uuid; is_news: boolean }[] }>(
    `with before as (select id, status from operations.alarms where id = any(?::uuid[]) order by id for update)
     update operations.alarms a set is_present = false, status = 'cleared', cleared_at = coalesce(a.cleared_at, ?::timestamptz)
     from before where before.id = a.id returning a.id, before.status = 'active' as is_news`,
    [[...ids], toIso(at)],
  );
  return rows.filter((row) => row.is_news).map(({ id }) => id);
}

/** Present alarms of stations that are no more. */
export async function strayAlarms(db: Knex, count: number): Promise<Uuid[]> {
  return alarms(db)
    .where('is_present', true)
    .whereRaw('not exists (select from operations.live_stations s where s.station_id = alarms.station_id)')
    .orderBy('id')
    .limit(count)
    .pluck('id');
}

/** By when they were raised last, newest first. */
export async function listAlarms(
  db: Knex,
  scope: AccessScope,
  { siteId, stationId, status, severity, code, acknowledged, assignedTo }: AlarmFilter,
  after: { readonly at: string; readonly id: Uuid } | null,
  count: number,
): Promise<AlarmRow[]> {
  const query = alarms(db).modify(withinScope(scope)).orderByRaw('last_raised_at desc, id desc').limit(count);
  const same = { site_id: siteId, station_id: stationId, status, severity, code, assigned_to: assignedTo };
  for (const [column, value] of Object.entries(same)) if (value !== undefined) query.where(column, value);
  if (acknowledged === true) query.whereNotNull('acknowledged_at');
  if (acknowledged === false) query.whereNull('acknowledged_at');
  if (after !== null) query.whereRaw('(last_raised_at, id) < (?::timestamptz, ?::uuid)', [after.at, after.id]);
  return query.select('*');
}

export async function findAlarm(
  db: Knex,
  scope: AccessScope,
  id: Uuid,
  { lock = false }: { readonly lock?: boolean } = {},
): Promise<AlarmRow | undefined> {
  const query = alarms(db).modify(withinScope(scope)).where({ id }).first('*');
  return lock ? query.forUpdate() : query;
}

/** What people change. */
export async function changeAlarm(
  db: Knex,
  id: Uuid,
  change: Partial<Pick<AlarmRow, 'status' | 'acknowledged_by' | 'assigned_to'>> & {
    readonly cleared_at?: string;
    readonly acknowledged_at?: string;
  },
): Promise<void> {
  await alarms(db).where({ id }).update(change);
}

/** Removes alarms that ended before then, with their notes. @returns how many */
export async function dropAlarms(db: Knex, before: Instant, count: number): Promise<number> {
  return alarms(db)
    .whereRaw(
      `id in (select id from operations.alarms where status = 'cleared' and not is_present and cleared_at < ?::timestamptz limit ?)`,
      [toIso(before), count],
    )
    .delete();
}
