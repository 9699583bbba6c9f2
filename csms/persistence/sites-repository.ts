import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { AccessScope } from '../contract/access-scope.ts';
import type { LocalListPolicy } from '../contract/local-lists-port.ts';
import type { OfflinePolicy } from '../contract/offline-policy.ts';
import type { SiteAddress, SiteInput, SiteView } from '../contract/operator-ports.ts';
import { query } from './query.ts';
import { scopeSql } from './scope.ts';
import { allOf, sql } from './sql.ts';
import { storableJson } from './storable-text.ts';
import { isoOf } from './timestamps.ts';

interface SiteRow {
  readonly id: Uuid;
  readonly organization_id: Uuid;
  readonly name: string;
  readonly time_zone: string;
  readonly currency: string;
  readonly address: SiteAddress | null;
  readonly latitude: string | null;
  readonly longitude: string | null;
  readonly opening_hours: Readonly<Record<string, unknown>> | null;
  readonly funds_fallback: 'allow' | 'refuse';
  readonly local_list_policy: LocalListPolicy;
  readonly offline_policy: Partial<OfflinePolicy>;
  readonly created_at: Date;
}

const COLUMNS = `s.id, s.organization_id, s.name, s.time_zone, s.currency, s.address, s.latitude, s.longitude, s.opening_hours,
  s.funds_fallback, s.local_list_policy, s.offline_policy, s.created_at`;
/** Where nothing is said. */
const NO_OFFLINE_POLICY: OfflinePolicy = {
  localAuthorizeOffline: null,
  localPreAuthorize: null,
  allowOfflineTxForUnknownId: null,
  stopOnInvalidId: null,
};
const SCOPE = { organization: 's.organization_id', site: 's.id' };

/** Sites in the order of their making, after the given id. */
export async function listSites(
  db: Knex,
  scope: AccessScope,
  filter: { readonly organizationId?: Uuid | undefined },
  after: Uuid | null,
  count: number,
): Promise<SiteView[]> {
  const condition = allOf([
    scopeSql(scope, SCOPE),
    filter.organizationId === undefined ? undefined : sql('s.organization_id = ?::uuid', filter.organizationId),
    after === null ? undefined : sql('s.id > ?::uuid', after),
  ]);
  const rows = await query<SiteRow>(
    db,
    sql(
      `select ${COLUMNS} from csms.sites s where ${condition.text} order by s.id limit ?`,
      ...condition.values,
      count,
    ),
  );
  return rows.map(fromRow);
}

export async function findSite(db: Knex, scope: AccessScope, id: Uuid): Promise<SiteView | undefined> {
  const condition = allOf([scopeSql(scope, SCOPE), sql('s.id = ?::uuid', id)]);
  const [row] = await query<SiteRow>(
    db,
    sql(`select ${COLUMNS} from csms.sites s where ${condition.text}`, ...condition.values),
  );
  return row === undefined ? undefined : fromRow(row);
}

/** The site that takes what names none: the oldest one in the scope. */
export async function findDefaultSite(db: Knex, scope: AccessScope): Promise<SiteView | undefined> {
  return (await listSites(db, scope, {}, null, 1))[0];
}

export async function insertSite(db: Knex, id: Uuid, input: SiteInput): Promise<SiteView> {
  const [row] = await query<SiteRow>(
    db,
    sql(
      `insert into csms.sites as s
         (id, organization_id, name, time_zone, currency, address, latitude, longitude, opening_hours, funds_fallback,
          local_list_policy, offline_policy)
       values (?::uuid, ?::uuid, ?, ?, ?, ?::jsonb, ?::numeric, ?::numeric, ?::jsonb, ?, ?::jsonb, ?::jsonb) returning ${COLUMNS}`,
      id,
      input.organizationId,
      ...toColumns(input),
    ),
  );
  return fromRow(row as SiteRow);
}

/** Writes all of a site's facts but its organisation. */
export async function updateSite(db: Knex, id: Uuid, input: Omit<SiteInput, 'organizationId'>): Promise<SiteView> {
  const [row] = await query<SiteRow>(
    db,
    sql(
      `update csms.sites s set name = ?, time_zone = ?, currency = ?, address = ?::jsonb, latitude = ?::numeric,
         longitude = ?::numeric, opening_hours = ?::jsonb, funds_fallback = ?, local_list_policy = ?::jsonb,
         offline_policy = ?::jsonb
       where s.id = ?::uuid returning ${COLUMNS}`,
      ...toColumns(input),
      id,
    ),
  );
  return fromRow(row as SiteRow);
}

function toColumns(input: Omit<SiteInput, 'organizationId'>): unknown[] {
  return [
    input.name,
    input.timeZone,
    input.currency,
    input.address === null ? null : storableJson(input.address),
    input.coordinates?.latitude ?? null,
    input.coordinates?.longitude ?? null,
    input.openingHours === null ? null : storableJson(input.openingHours),
    input.fundsFallback,
    storableJson(input.localListPolicy),
    storableJson(input.offlinePolicy),
  ];
}

function fromRow(row: SiteRow): SiteView {
  const { latitude, longitude } = row;
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    timeZone: row.time_zone,
    currency: row.currency,
    address: row.address,
    coordinates: latitude === null || longitude === null ? null : { latitude, longitude },
    openingHours: row.opening_hours,
    fundsFallback: row.funds_fallback,
    localListPolicy: row.local_list_policy,
    offlinePolicy: { ...NO_OFFLINE_POLICY, ...row.offline_policy },
    createdAt: isoOf(row.created_at),
  };
}
