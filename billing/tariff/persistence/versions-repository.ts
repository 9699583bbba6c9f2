import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { HalfHourTariff } from '../../contract/half-hour-tariff.ts';
import type { TariffForm, TariffVersionView, TariffWarning } from '../../contract/stored-tariffs.ts';
import type { Tariff } from '../../contract/tariff.ts';
import type { TariffContent } from '../../contract/tariff-content.ts';
import { readHalfHourModel } from '../half-hour-model.ts';

export interface VersionRow {
  readonly id: Uuid;
  readonly tariff_id: Uuid;
  readonly version: number;
  readonly effective_from: Date;
  readonly effective_to: Date | null;
  readonly form: TariffForm;
  readonly entered: HalfHourTariff | null;
  readonly content: Tariff;
  readonly warnings: readonly TariffWarning[];
  readonly created_at: Date;
  readonly created_by: string | null;
}

const table = (db: Knex): Knex.QueryBuilder => db.withSchema('billing').table('tariff_versions');

export async function insertVersion(
  db: Knex,
  version: {
    readonly id: Uuid;
    readonly tariffId: Uuid;
    readonly version: number;
    readonly effectiveFrom: Instant;
    readonly form: TariffForm;
    readonly entered: HalfHourTariff | null;
    readonly content: Tariff;
    readonly warnings: readonly TariffWarning[];
    readonly createdAt: Instant;
    readonly createdBy: string | null;
  },
): Promise<void> {
  await table(db).insert({
    id: version.id,
    tariff_id: version.tariffId,
    version: version.version,
    effective_from: toIso(version.effectiveFrom),
    form: version.form,
    entered: version.entered === null ? null : JSON.stringify(version.entered),
    content: JSON.stringify(version.content),
    warnings: JSON.stringify(version.warnings),
    created_at: toIso(version.createdAt),
    created_by: version.createdBy,
  });
}

export async function findVersion(db: Knex, tariffId: Uuid, version: number): Promise<VersionRow | undefined> {
  return rows(db).where({ 'v.tariff_id': tariffId, 'v.version': version }).first();
}

export async function findVersionById(db: Knex, id: Uuid): Promise<VersionRow | undefined> {
  return rows(db).where('v.id', id).first();
}

/** The version that is in effect at a time. */
export async function findVersionInEffect(db: Knex, tariffId: Uuid, at: Instant): Promise<VersionRow | undefined> {
  return rows(db)
    .where('v.tariff_id', tariffId)
    .where('v.effective_from', '<=', toIso(at))
    .orderBy('v.effective_from', 'desc')
    .first();
}

/** What versions say, in the form in which they were entered. Those that there are, in any order. */
export async function findContents(
  db: Knex,
  versions: readonly { readonly id: Uuid; readonly version: number }[],
): Promise<{ readonly id: Uuid; readonly version: number; readonly content: TariffContent }[]> {
  const { rows: found } = await db.raw<{ rows: { id: Uuid; version: number; content: TariffContent }[] }>(
    `select v.tariff_id as id, v.version, coalesce(v.entered, v.content) as content
     from unnest(?::uuid[], ?::integer[]) as wanted (id, version)
       join billing.tariff_versions v on v.tariff_id = wanted.id and v.version = wanted.version`,
    [versions.map(({ id }) => id), versions.map(({ version }) => version)],
  );
  return found;
}

/** Newest first, before the given number. */
export async function listVersions(
  db: Knex,
  tariffId: Uuid,
  before: number | null,
  count: number,
): Promise<VersionRow[]> {
  const query = rows(db).where('v.tariff_id', tariffId).orderBy('v.version', 'desc').limit(count);
  if (before !== null) query.where('v.version', '<', before);
  return query;
}

/** How many there are, and whether one is in effect. */
export async function surveyVersions(
  db: Knex,
  tariffId: Uuid,
  now: Instant,
): Promise<{ readonly count: number; readonly anyInEffect: boolean }> {
  const [row] = await table(db)
    .where('tariff_id', tariffId)
    .select(
      db.raw('count(*)::int as count'),
      db.raw('coalesce(bool_or(effective_from <= ?), false) as any_in_effect', [toIso(now)]),
    );
  const { count, any_in_effect: anyInEffect } = row as { count: number; any_in_effect: boolean };
  return { count, anyInEffect };
}

/** Whether one comes into effect exactly then. */
export async function beginsAt(db: Knex, tariffId: Uuid, at: Instant): Promise<boolean> {
  return (
    (await table(db)
      .where({ tariff_id: tariffId, effective_from: toIso(at) })
      .first('id')) !== undefined
  );
}

/** By the database's time as well: its trigger refuses the others. @returns false when it is not ahead any more */
export async function deleteVersionAhead(db: Knex, tariffId: Uuid, version: number, now: Instant): Promise<boolean> {
  const count = await table(db)
    .where({ tariff_id: tariffId, version })
    .where('effective_from', '>', toIso(now))
    .whereRaw('effective_from > now()')
    .delete();
  return count > 0;
}

export function toVersionView(row: VersionRow): TariffVersionView {
  const read = readHalfHourModel(row.entered ?? row.content);
  return {
    id: row.id,
    tariffId: row.tariff_id,
    version: row.version,
    effectiveFrom: row.effective_from.toISOString(),
    effectiveTo: row.effective_to?.toISOString() ?? null,
    form: row.form,
    tariff: row.content,
    halfHourTariff: row.entered,
    halfHourModel: read.kind === 'model' ? read.model : null,
    halfHourProblem: read.kind === 'unfit' ? read.problem : null,
    warnings: row.warnings,
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
  };
}

function rows(db: Knex): Knex.QueryBuilder {
  return db.from('billing.tariff_versions as v').select(
    'v.*',
    db.raw(
      `(select min(n.effective_from) from billing.tariff_versions n
        where n.tariff_id = v.tariff_id and n.effective_from > v.effective_from) as effective_to`,
    ),
  );
}
