import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { type Instant, instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type {
  TariffAssignmentFilter,
  TariffAssignmentView,
  TariffDriver,
  TariffPlace,
} from '../../contract/tariff-assignments.ts';
import { ofOrganizations } from '../../persistence/of-organizations.ts';
import { idOfDriver, keyOfTarget, type TargetParts, targetOf } from '../assignment-target.ts';
import type { Candidate } from '../choose-assignment.ts';

export interface AssignmentRow {
  readonly id: Uuid;
  readonly organization_id: Uuid;
  readonly tariff_id: Uuid;
  readonly tariff_name: string;
  readonly driver_kind: TariffDriver['kind'] | null;
  readonly driver_id: string | null;
  readonly place_kind: TariffPlace['kind'];
  readonly site_id: Uuid | null;
  readonly station_id: string | null;
  readonly evse_id: number | null;
  readonly valid_from: Date;
  readonly valid_to: Date | null;
  readonly created_at: Date;
  readonly created_by: string | null;
  readonly closed_by: string | null;
}

/** An assignment that may hold for a question, and the version of its tariff that is in effect then. */
export interface AssignedVersion extends Candidate {
  readonly row: AssignmentRow;
  readonly version: { readonly id: Uuid; readonly version: number; readonly effectiveFrom: string } | null;
}

const table = (db: Knex): Knex.QueryBuilder => db.withSchema('billing').table('tariff_assignments');

/** Nobody else assigns anything to the same target before this transaction has ended. */
export async function lockTarget(trx: Knex.Transaction, organizationId: Uuid, target: TargetParts): Promise<void> {
  const name = `tariff-assignment ${organizationId} ${keyOfTarget(target)}`;
  await trx.raw('select pg_advisory_xact_lock(hashtextextended(?, 0))', [name]);
}

/** The last assignment of the same target that holds at some time of the given ones. Empty ones, which were closed as they began, do not count. */
export async function findOverlapping(
  db: Knex,
  organizationId: Uuid,
  target: TargetParts,
  validFrom: Instant,
  validTo: Instant | null,
): Promise<Pick<AssignmentRow, 'id' | 'valid_from' | 'valid_to'> | undefined> {
  return table(db)
    .where({ organization_id: organizationId, target_key: keyOfTarget(target) })
    .whereRaw('tstzrange(valid_from, valid_to) && tstzrange(?, ?)', [
      toIso(validFrom),
      validTo === null ? null : toIso(validTo),
    ])
    .orderBy('valid_from', 'desc')
    .first('id', 'valid_from', 'valid_to');
}

export async function insertAssignment(
  db: Knex,
  assignment: {
    readonly id: Uuid;
    readonly organizationId: Uuid;
    readonly tariffId: Uuid;
    readonly target: TargetParts;
    readonly validFrom: Instant;
    readonly validTo: Instant | null;
    readonly createdAt: Instant;
    readonly createdBy: string | null;
  },
): Promise<void> {
  const { driver, place } = assignment.target;
  await table(db).insert({
    id: assignment.id,
    organization_id: assignment.organizationId,
    tariff_id: assignment.tariffId,
    target_key: keyOfTarget(assignment.target),
    driver_kind: driver?.kind ?? null,
    driver_id: driver === null ? null : idOfDriver(driver).toLowerCase(),
    place_kind: place.kind,
    site_id: 'siteId' in place ? place.siteId : null,
    station_id: 'stationId' in place ? place.stationId : null,
    evse_id: 'evseId' in place ? place.evseId : null,
    valid_from: toIso(assignment.validFrom),
    valid_to: assignment.validTo === null ? null : toIso(assignment.validTo),
    created_at: toIso(assignment.createdAt),
    created_by: assignment.createdBy,
  });
}

export async function findAssignment(
  db: Knex,
  scope: AccessScope,
  id: Uuid,
  options: { readonly lock?: boolean } = {},
): Promise<AssignmentRow | undefined> {
  const query = rows(db).where('a.id', id).modify(ofOrganizations(scope, 'a.organization_id'));
  if (options.lock === true) query.forUpdate('a');
  return query.first();
}

/** Newest first. */
export async function listAssignments(
  db: Knex,
  scope: AccessScope,
  filter: Omit<TariffAssignmentFilter, 'at'> & { readonly at?: Instant | undefined },
  after: Uuid | null,
  count: number,
): Promise<AssignmentRow[]> {
  const query = rows(db).modify(ofOrganizations(scope, 'a.organization_id')).orderBy('a.id', 'desc').limit(count);
  if (filter.tariffId !== undefined) query.where('a.tariff_id', filter.tariffId);
  if (filter.kind !== undefined) query.whereRaw('coalesce(a.driver_kind, a.place_kind) = ?', [filter.kind]);
  if (filter.siteId !== undefined) query.where('a.site_id', filter.siteId);
  if (filter.stationId !== undefined) query.where('a.station_id', filter.stationId);
  const drivers = [
    ['account', filter.accountId],
    ['account-group', filter.accountGroupId],
    ['partner', filter.partnerId],
  ] as const;
  for (const [kind, id] of drivers) {
    if (id !== undefined) query.where({ 'a.driver_kind': kind, 'a.driver_id': id.toLowerCase() });
  }
  if (filter.at !== undefined) query.modify(validAt(filter.at));
  if (after !== null) query.where('a.id', '<', after);
  return query;
}

/** A question as far as the database answers it. */
export interface AssignmentsQuestion {
  readonly organizationId: Uuid;
  /** Of targets, see `keysOfQuestion`. */
  readonly keys: readonly string[];
  readonly at: Instant;
}

/**
 * For each question every assignment of its targets that holds then, in no order, each with its version in effect.
 *
 * @returns in the order of the questions
 */
export async function findAssignedVersions(
  db: Knex,
  questions: readonly AssignmentsQuestion[],
): Promise<AssignedVersion[][]> {
  const answers = questions.map((): AssignedVersion[] => []);
  const asked = questions.flatMap(({ organizationId, keys, at }, number) =>
    keys.map((key) => ({ number, organizationId, key, at: toIso(at) })),
  );
  if (asked.length === 0) return answers;
  const { rows: found } = await db.raw<{ rows: FoundRow[] }>(
    `select q.number, a.*, t.name as tariff_name, held.id as version_id, held.version, held.effective_from
     from unnest(?::int[], ?::uuid[], ?::text[], ?::timestamptz[]) as q (number, organization_id, target_key, at)
     join billing.tariff_assignments a on a.organization_id = q.organization_id and a.target_key = q.target_key
       and a.valid_from <= q.at and (a.valid_to is null or a.valid_to > q.at)
     join billing.tariffs t on t.id = a.tariff_id
     left join lateral (select id, version, effective_from from billing.tariff_versions
       where tariff_id = a.tariff_id and effective_from <= q.at order by effective_from desc limit 1) held on true`,
    [
      asked.map(({ number }) => number),
      asked.map(({ organizationId }) => organizationId),
      asked.map(({ key }) => key),
      asked.map(({ at }) => at),
    ],
  );
  for (const row of found) {
    answers[row.number]?.push({
      id: row.id,
      ...partsOfRow(row),
      validFrom: instant(row.valid_from.getTime()),
      validTo: row.valid_to === null ? null : instant(row.valid_to.getTime()),
      row,
      version:
        row.version_id === null || row.version === null || row.effective_from === null
          ? null
          : { id: row.version_id, version: row.version, effectiveFrom: row.effective_from.toISOString() },
    });
  }
  return answers;
}

type FoundRow = AssignmentRow & {
  readonly number: number;
  readonly version_id: Uuid | null;
  readonly version: number | null;
  readonly effective_from: Date | null;
};

/** Those that hold, or will. At most so many are counted. */
export async function countOpenAssignments(
  db: Knex,
  organizationId: Uuid,
  now: Instant,
  most: number,
): Promise<number> {
  const open = table(db)
    .where('organization_id', organizationId)
    .whereRaw('(valid_to is null or valid_to > ?)', [toIso(now)])
    .select('id')
    .limit(most);
  const [row] = await db.from(open.as('open')).count('* as count');
  return Number((row as { count: string }).count);
}

/** Whether anybody is charged by the tariff, or will be. */
export async function isAssigned(db: Knex, tariffId: Uuid, now: Instant): Promise<boolean> {
  const row = await table(db)
    .where('tariff_id', tariffId)
    .whereRaw('(valid_to is null or valid_to > ?)', [toIso(now)])
    .first('id');
  return row !== undefined;
}

/** Which of these sites have tariffs of their own for these drivers (null: everybody) at that time, and their currencies. */
export async function findSitesAssigned(
  db: Knex,
  organizationId: Uuid,
  driver: TariffDriver | null,
  siteIds: readonly Uuid[],
  at: Instant,
): Promise<{ readonly siteId: Uuid; readonly currency: string }[]> {
  const keys = siteIds.map((siteId) => keyOfTarget({ driver, place: { kind: 'site', siteId } }));
  return db
    .from('billing.tariff_assignments as a')
    .join('billing.tariffs as t', 't.id', 'a.tariff_id')
    .where('a.organization_id', organizationId)
    .whereRaw('a.target_key = any(?::text[])', [keys])
    .modify(validAt(at))
    .select('a.site_id as siteId', 't.currency');
}

export async function closeAssignment(db: Knex, id: Uuid, validTo: Instant, by: string | null): Promise<void> {
  await table(db)
    .where({ id })
    .update({ valid_to: toIso(validTo), closed_by: by });
}

/** By the database's time: its trigger refuses the others. @returns false when it has begun */
export async function deleteAssignmentAhead(db: Knex, id: Uuid): Promise<boolean> {
  return (await table(db).where({ id }).whereRaw('valid_from > now()').delete()) > 0;
}

export function toAssignmentView(row: AssignmentRow): TariffAssignmentView {
  return {
    id: row.id,
    organizationId: row.organization_id,
    tariffId: row.tariff_id,
    tariffName: row.tariff_name,
    target: targetOf(partsOfRow(row)),
    validFrom: row.valid_from.toISOString(),
    validTo: row.valid_to?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
    closedBy: row.closed_by,
  };
}

function rows(db: Knex): Knex.QueryBuilder {
  return db
    .from('billing.tariff_assignments as a')
    .join('billing.tariffs as t', 't.id', 'a.tariff_id')
    .select('a.*', 't.name as tariff_name');
}

function validAt(at: Instant): (query: Knex.QueryBuilder) => void {
  return (query) => {
    query.whereRaw('a.valid_from <= ? and (a.valid_to is null or a.valid_to > ?)', [toIso(at), toIso(at)]);
  };
}

function partsOfRow(row: AssignmentRow): TargetParts {
  return { driver: driverOf(row), place: placeOf(row) };
}

function driverOf({ driver_kind: kind, driver_id: id }: AssignmentRow): TariffDriver | null {
  if (kind === null || id === null) return null;
  switch (kind) {
    case 'account':
      return { kind, accountId: id };
    case 'partner':
      return { kind, partnerId: id };
    case 'account-group':
      return { kind, accountGroupId: id };
  }
}

/** The table's checks hold that the ids go with the kind. */
function placeOf({ place_kind: kind, site_id, station_id, evse_id }: AssignmentRow): TariffPlace {
  switch (kind) {
    case 'organization':
      return { kind };
    case 'site':
      return { kind, siteId: site_id as Uuid };
    case 'station':
      return { kind, stationId: station_id as string };
    case 'evse':
      return { kind, stationId: station_id as string, evseId: evse_id as number };
  }
}

/** Whether anything was ever assigned in an organisation. */
export async function hasAssignments(db: Knex, organizationId: Uuid): Promise<boolean> {
  const row = await table(db).where('organization_id', organizationId).first('id');
  return row !== undefined;
}
