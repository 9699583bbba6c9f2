import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { TariffView } from '../../contract/stored-tariffs.ts';
import { ofOrganizations } from '../../persistence/of-organizations.ts';

export interface TariffRow {
  readonly id: Uuid;
  readonly organization_id: Uuid;
  readonly name: string;
  readonly currency: string;
  readonly description: string | null;
  readonly archived_at: Date | null;
  readonly created_at: Date;
  readonly created_by: string | null;
}

interface TariffViewRow extends TariffRow {
  readonly current_version: number | null;
  readonly next_version: number | null;
  readonly next_from: Date | null;
}

const table = (db: Knex): Knex.QueryBuilder => db.withSchema('billing').table('tariffs');

export async function insertTariff(
  db: Knex,
  tariff: {
    readonly id: Uuid;
    readonly organizationId: Uuid;
    readonly name: string;
    readonly currency: string;
    readonly description: string | null;
    readonly createdAt: Instant;
    readonly createdBy: string | null;
  },
): Promise<void> {
  await table(db).insert({
    id: tariff.id,
    organization_id: tariff.organizationId,
    name: tariff.name,
    currency: tariff.currency,
    description: tariff.description,
    created_at: toIso(tariff.createdAt),
    created_by: tariff.createdBy,
  });
}

/** @param lock `update` before its versions or itself are changed, `share` before it is assigned */
export async function findTariff(
  db: Knex,
  scope: AccessScope,
  id: Uuid,
  lock?: 'update' | 'share',
): Promise<TariffRow | undefined> {
  const query = table(db).where({ id }).modify(ofOrganizations(scope, 'organization_id'));
  if (lock === 'update') query.forUpdate();
  if (lock === 'share') query.forShare();
  return query.first();
}

export async function findTariffView(
  db: Knex,
  scope: AccessScope,
  id: Uuid,
  now: Instant,
): Promise<TariffView | undefined> {
  const row: TariffViewRow | undefined = await views(db, scope, now).where('t.id', id).first();
  return row === undefined ? undefined : toTariffView(row);
}

/** Newest first. */
export async function listTariffViews(
  db: Knex,
  scope: AccessScope,
  filter: { readonly organizationId?: Uuid | undefined; readonly archived: boolean },
  now: Instant,
  after: Uuid | null,
  count: number,
): Promise<TariffView[]> {
  const query = views(db, scope, now).orderBy('t.id', 'desc').limit(count);
  if (filter.archived) query.whereNotNull('t.archived_at');
  else query.whereNull('t.archived_at');
  if (filter.organizationId !== undefined) query.where('t.organization_id', filter.organizationId);
  if (after !== null) query.where('t.id', '<', after);
  const rows: TariffViewRow[] = await query;
  return rows.map(toTariffView);
}

export async function updateTariff(
  db: Knex,
  id: Uuid,
  change: { readonly name: string; readonly description: string | null; readonly archivedAt: Date | null },
): Promise<void> {
  const { name, description, archivedAt } = change;
  await table(db).where({ id }).update({ name, description, archived_at: archivedAt });
}

/** Counts on, whatever becomes of the version. */
export async function takeVersionNumber(db: Knex, id: Uuid): Promise<number> {
  const [row] = await table(db).where({ id }).increment('last_version').returning('last_version');
  return (row as { last_version: number }).last_version;
}

/** Those that are not archived. */
export async function countTariffs(db: Knex, organizationId: Uuid): Promise<number> {
  const [row] = await table(db).where({ organization_id: organizationId, archived_at: null }).count('* as count');
  return Number((row as { count: string }).count);
}

function views(db: Knex, scope: AccessScope, now: Instant): Knex.QueryBuilder {
  return db
    .from('billing.tariffs as t')
    .select(
      't.*',
      'held.version as current_version',
      'ahead.version as next_version',
      'ahead.effective_from as next_from',
    )
    .joinRaw(
      `left join lateral (select version from billing.tariff_versions
         where tariff_id = t.id and effective_from <= ? order by effective_from desc limit 1) held on true
       left join lateral (select version, effective_from from billing.tariff_versions
         where tariff_id = t.id and effective_from > ? order by effective_from limit 1) ahead on true`,
      [toIso(now), toIso(now)],
    )
    .modify(ofOrganizations(scope, 't.organization_id'));
}

function toTariffView(row: TariffViewRow): TariffView {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    currency: row.currency,
    description: row.description,
    archivedAt: row.archived_at?.toISOString() ?? null,
    currentVersion: row.current_version,
    nextVersion:
      row.next_version === null || row.next_from === null
        ? null
        : { version: row.next_version, effectiveFrom: row.next_from.toISOString() },
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
  };
}
