import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { type Instant, instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { withinScope } from '@voltpile/platform/database/within-scope';
import type { Knex } from 'knex';
import type { DeliveryState, TariffDeliveryFilter, TariffDeliveryView } from '../../contract/tariff-deliveries.ts';
import type { Delivery } from './delivery.ts';

interface DeliveryRow {
  readonly station_id: string;
  readonly organization_id: Uuid;
  readonly site_id: Uuid;
  readonly wanted_version_id: Uuid | null;
  readonly wanted_digest: string | null;
  readonly state: DeliveryState;
  readonly confirmed_digest: string | null;
  readonly confirmed_by: 'command' | 'asking' | null;
  readonly confirmed_at: Date | null;
  readonly command_id: Uuid | null;
  readonly sent_digest: string | null;
  readonly sent_at: Date | null;
  readonly attempts: number;
  readonly due_at: Date | null;
  readonly problem: string | null;
  readonly updated_at: Date;
}

const deliveries = (db: Knex): Knex.QueryBuilder => db.withSchema('billing').table('tariff_deliveries');

/** Whoever waits for prices, when something has happened at the station. */
const WAITS = `state in ('wanted', 'refused')`;

const LONGEST_PROBLEM = 500;

/** By station; stations that nobody has looked at yet are missing. */
export async function findDeliveries(db: Knex, stationIds: readonly string[]): Promise<Map<string, Delivery>> {
  const rows: DeliveryRow[] = await deliveries(db).whereRaw('station_id = any(?::text[])', [[...stationIds]]);
  return byStation(rows);
}

/** The same, and the rows are ours until the end of the transaction; locked in one order. */
export async function lockDeliveries(
  trx: Knex.Transaction,
  stationIds: readonly string[],
): Promise<Map<string, Delivery>> {
  const rows: DeliveryRow[] = await deliveries(trx)
    .whereRaw('station_id = any(?::text[])', [[...stationIds]])
    .orderBy('station_id')
    .forUpdate();
  return byStation(rows);
}

/** Those that are there already stay as they are. */
export async function insertDeliveries(db: Knex, added: readonly Delivery[], at: Instant): Promise<void> {
  if (added.length === 0) return;
  await deliveries(db)
    .insert(added.map((delivery) => toRow(delivery, at)))
    .onConflict('station_id')
    .ignore();
}

/** All of them in one statement. */
export async function updateDeliveries(db: Knex, changed: readonly Delivery[], at: Instant): Promise<void> {
  if (changed.length === 0) return;
  await db.raw(
    `update billing.tariff_deliveries d set
       organization_id = x.organization_id, site_id = x.site_id, wanted_version_id = x.wanted_version_id,
       wanted_digest = x.wanted_digest, state = x.state, confirmed_digest = x.confirmed_digest, confirmed_by = x.confirmed_by,
       confirmed_at = x.confirmed_at, command_id = x.command_id, sent_digest = x.sent_digest, sent_at = x.sent_at,
       attempts = x.attempts, due_at = x.due_at, problem = x.problem, updated_at = x.updated_at
     from jsonb_populate_recordset(null::billing.tariff_deliveries, ?::jsonb) x where d.station_id = x.station_id`,
    [JSON.stringify(changed.map((delivery) => toRow(delivery, at)))],
  );
}

/** What waits at these stations is looked at now, unless it was refused and its time has not come. */
export async function wakeDeliveries(db: Knex, stationIds: readonly string[], at: Instant): Promise<number> {
  if (stationIds.length === 0) return 0;
  return deliveries(db)
    .whereRaw(`station_id = any(?::text[]) and ${WAITS} and (state = 'wanted' or due_at is null)`, [[...stationIds]])
    .whereRaw('(due_at is null or due_at > ?)', [toIso(at)])
    .update({ due_at: toIso(at) });
}

/**
 * Takes deliveries that are due, for a while: whoever takes them and dies leaves them to the next one.
 *
 * @param leaseUntil when they are due again if nothing becomes of them
 */
export async function claimDeliveries(
  db: Knex,
  at: Instant,
  leaseUntil: Instant,
  limit: number,
): Promise<readonly Delivery[]> {
  const { rows } = await db.raw(
    `update billing.tariff_deliveries d set due_at = ?
       from (select station_id from billing.tariff_deliveries where due_at <= ? order by due_at limit ? for update skip locked) due
       where d.station_id = due.station_id returning d.*`,
    [toIso(leaseUntil), toIso(at), limit],
  );
  return (rows as DeliveryRow[]).map(fromRow);
}

/** When the next one is due; null when none is. */
export async function nextDelivery(db: Knex): Promise<Date | null> {
  const row = await deliveries(db).min('due_at as at').first();
  return row?.at ?? null;
}

/** The stations are no more, or show no prices. */
export async function deleteDeliveries(db: Knex, stationIds: readonly string[]): Promise<void> {
  if (stationIds.length === 0) return;
  await deliveries(db)
    .whereRaw('station_id = any(?::text[])', [[...stationIds]])
    .delete();
}

export async function findDeliveryView(
  db: Knex,
  scope: AccessScope,
  stationId: string,
): Promise<TariffDeliveryView | undefined> {
  const row = await deliveries(db).modify(withinScope(scope)).where({ station_id: stationId }).first();
  return row === undefined ? undefined : toView(row);
}

/** By station. */
export async function listDeliveryViews(
  db: Knex,
  scope: AccessScope,
  filter: TariffDeliveryFilter,
  after: string | null,
  count: number,
): Promise<TariffDeliveryView[]> {
  const query = deliveries(db).modify(withinScope(scope)).orderBy('station_id').limit(count);
  if (filter.state !== undefined) query.where({ state: filter.state });
  if (filter.stationId !== undefined) query.where({ station_id: filter.stationId });
  if (after !== null) query.where('station_id', '>', after);
  const rows: DeliveryRow[] = await query;
  return rows.map(toView);
}

function byStation(rows: readonly DeliveryRow[]): Map<string, Delivery> {
  return new Map(rows.map((row) => [row.station_id, fromRow(row)]));
}

function fromRow(row: DeliveryRow): Delivery {
  return {
    stationId: row.station_id,
    organizationId: row.organization_id,
    siteId: row.site_id,
    wantedVersionId: row.wanted_version_id,
    wantedDigest: row.wanted_digest,
    state: row.state,
    confirmedDigest: row.confirmed_digest,
    confirmedBy: row.confirmed_by,
    confirmedAt: time(row.confirmed_at),
    commandId: row.command_id,
    sentDigest: row.sent_digest,
    sentAt: time(row.sent_at),
    attempts: row.attempts,
    dueAt: time(row.due_at),
    problem: row.problem,
  };
}

function toRow(delivery: Delivery, at: Instant): { readonly [column in keyof DeliveryRow]: unknown } {
  return {
    station_id: delivery.stationId,
    organization_id: delivery.organizationId,
    site_id: delivery.siteId,
    wanted_version_id: delivery.wantedVersionId,
    wanted_digest: delivery.wantedDigest,
    state: delivery.state,
    confirmed_digest: delivery.confirmedDigest,
    confirmed_by: delivery.confirmedBy,
    confirmed_at: iso(delivery.confirmedAt),
    command_id: delivery.commandId,
    sent_digest: delivery.sentDigest,
    sent_at: iso(delivery.sentAt),
    attempts: delivery.attempts,
    due_at: iso(delivery.dueAt),
    problem: delivery.problem?.slice(0, LONGEST_PROBLEM) ?? null,
    updated_at: toIso(at),
  };
}

function toView(row: DeliveryRow): TariffDeliveryView {
  const isTried = row.state === 'wanted' || row.state === 'refused';
  return {
    stationId: row.station_id,
    organizationId: row.organization_id,
    siteId: row.site_id,
    state: row.state,
    wantedVersionId: row.wanted_version_id,
    wantedDigest: row.wanted_digest,
    confirmedDigest: row.confirmed_digest,
    confirmedBy: row.confirmed_by,
    confirmedAt: row.confirmed_at?.toISOString() ?? null,
    commandId: row.command_id,
    sentAt: row.sent_at?.toISOString() ?? null,
    attempts: row.attempts,
    nextTryAt: isTried ? (row.due_at?.toISOString() ?? null) : null,
    problem: row.problem,
    updatedAt: row.updated_at.toISOString(),
  };
}

function time(value: Date | null): Instant | null {
  return value === null ? null : instant(value.getTime());
}

function iso(at: Instant | null): string | null {
  return at === null ? null : toIso(at);
}
