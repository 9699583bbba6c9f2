import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { SitesPort } from '@voltpile/csms/contract/operator-ports';
import { type Clock, type Instant, instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { isUuid, type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { makePage, readPage } from '@voltpile/platform/database/id-page';
import { type KeysetList, makePage as makeKeysetPage, readPageRequest } from '@voltpile/platform/database/keyset-page';
import type { Knex } from 'knex';
import type { StoredTariffsPort, TariffVersionView, TariffView } from '../contract/stored-tariffs.ts';
import { isHalfHourTariff } from '../contract/tariff-content.ts';
import { priceSession } from '../rating/price-session.ts';
import { type CheckedContent, checkContent } from './check-content.ts';
import { isAssigned } from './persistence/assignments-repository.ts';
import {
  countTariffs,
  findTariff,
  findTariffView,
  insertTariff,
  listTariffViews,
  type TariffRow,
  takeVersionNumber,
  updateTariff,
} from './persistence/tariffs-repository.ts';
import {
  beginsAt,
  deleteVersionAhead,
  findVersion,
  findVersionInEffect,
  insertVersion,
  listVersions,
  surveyVersions,
  toVersionView,
  type VersionRow,
} from './persistence/versions-repository.ts';
import { notBefore, readTime } from './read-time.ts';

export const tariffNotFound = defineError('tariff.not_found', 'NotFound', 'There is no tariff {tariffId}.');
export const tariffArchived = defineError(
  'tariff.archived',
  'FailedPrecondition',
  'Tariff {tariffId} is archived: take it out of the archive first.',
);
export const tariffAssigned = defineError(
  'tariff.assigned',
  'FailedPrecondition',
  'Tariff {tariffId} is assigned: close its assignments first.',
);
export const tooManyTariffs = defineError(
  'tariff.too_many',
  'FailedPrecondition',
  'An organisation has at most {most} tariffs that are not archived.',
);
export const tooManyVersions = defineError(
  'tariff.too_many_versions',
  'FailedPrecondition',
  'A tariff has at most {most} versions.',
);
export const currencyMissing = defineError(
  'tariff.currency_missing',
  'InvalidArgument',
  'Without a first version the currency must be given.',
);
export const currencyDiffers = defineError(
  'tariff.currency_differs',
  'InvalidArgument',
  'The tariff is in {currency}, this version in {other}.',
);
export const versionNotFound = defineError(
  'tariff.version_not_found',
  'NotFound',
  'Tariff {tariffId} has no version {version}.',
);
export const versionInEffect = defineError(
  'tariff.version_in_effect',
  'FailedPrecondition',
  'Version {version} has come into effect: only the next version can take its place.',
);
export const versionSameTime = defineError(
  'tariff.version_same_time',
  'Conflict',
  'Another version comes into effect at the same moment: withdraw it first, or choose another time.',
);
export const notInEffect = defineError(
  'tariff.not_in_effect',
  'FailedPrecondition',
  'No version of tariff {tariffId} is in effect at {at}: name a version.',
);
/** The same code that the stations' domain uses. */
export const organizationNotFound = defineError(
  'organization.not_found',
  'NotFound',
  'There is no organisation {organizationId}.',
);

const TARIFFS = 'tariffs';
const VERSIONS: KeysetList = { name: 'tariff-versions', isKey: (key) => /^[1-9]\d{0,8}$/.test(key) };
const MOST_TARIFFS = 5000;
const MOST_VERSIONS = 1000;
const NOT_IN_THE_PAST = 'now or later: prices that have held stay what they were';

export interface StoredTariffsOptions {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly sites: SitesPort;
}

/** Tariffs and their versions, as operators keep them. */
export function createStoredTariffs({ knex, clock, sites }: StoredTariffsOptions): StoredTariffsPort {
  /** A tariff belongs to an organisation as a whole; who may see single sites only can have none. */
  const owner = async (scope: AccessScope, organizationId: Uuid | undefined): Promise<Uuid> => {
    if (scope.kind === 'sites') throw organizationNotFound({ organizationId: organizationId ?? null });
    if (organizationId !== undefined) return (await sites.getOrganization(scope, organizationId)).id;
    const { items } = await sites.listOrganizations(scope, { limit: 1 });
    if (items[0] === undefined) throw organizationNotFound({ organizationId: null });
    return items[0].id;
  };

  const tariffRow = async (db: Knex, scope: AccessScope, id: Uuid, lock?: 'update'): Promise<TariffRow> => {
    const row = isUuid(id) ? await findTariff(db, scope, id, lock) : undefined;
    if (row === undefined) throw tariffNotFound({ tariffId: id });
    return row;
  };

  const view = async (scope: AccessScope, id: Uuid): Promise<TariffView> => {
    const found = isUuid(id) ? await findTariffView(knex, scope, id, clock.now()) : undefined;
    if (found === undefined) throw tariffNotFound({ tariffId: id });
    return found;
  };

  const versionRow = async (db: Knex, tariffId: Uuid, version: number): Promise<VersionRow> => {
    const row = await findVersion(db, tariffId, version);
    if (row === undefined) throw versionNotFound({ tariffId, version });
    return row;
  };

  /** Adds a version to a tariff that the transaction has locked. */
  const publish = async (
    trx: Knex.Transaction,
    tariff: { readonly id: Uuid; readonly currency: string },
    content: CheckedContent,
    effectiveFrom: string | undefined,
    by: string | null,
  ): Promise<TariffVersionView> => {
    const { form, entered, tariff: priced, warnings } = content;
    if (priced.currency !== tariff.currency) {
      throw currencyDiffers({ currency: tariff.currency, other: priced.currency });
    }
    const now = clock.now();
    const asked = effectiveFrom === undefined ? now : readTime('effectiveFrom', effectiveFrom, now);
    const { count, anyInEffect } = await surveyVersions(trx, tariff.id, now);
    const from = anyInEffect ? notBefore('effectiveFrom', asked, now, NOT_IN_THE_PAST) : asked;
    if (await beginsAt(trx, tariff.id, from)) throw versionSameTime();
    if (count >= MOST_VERSIONS) throw tooManyVersions({ most: MOST_VERSIONS });
    const version = await takeVersionNumber(trx, tariff.id);
    await insertVersion(trx, {
      id: uuidv7(now),
      tariffId: tariff.id,
      version,
      effectiveFrom: from,
      form,
      entered: isHalfHourTariff(entered) ? entered : null,
      content: priced,
      warnings,
      createdAt: now,
      createdBy: by,
    });
    return toVersionView(await versionRow(trx, tariff.id, version));
  };

  return {
    async list(scope, filter, page) {
      const { limit, after } = readPage(TARIFFS, page);
      const views = await withDatabaseErrors(() => listTariffViews(knex, scope, filter, clock.now(), after, limit + 1));
      return makePage(TARIFFS, views, limit);
    },

    get: (scope, id) => withDatabaseErrors(() => view(scope, id)),

    async create(scope, input, by) {
      const { name, description = null, firstVersion } = input;
      const content = firstVersion === undefined ? undefined : checkContent(firstVersion.tariff);
      const currency = input.currency ?? content?.tariff.currency;
      if (currency === undefined)
        throw currencyMissing({ field: 'currency', expected: 'given without a first version' });
      const organizationId = await owner(scope, input.organizationId);
      return withDatabaseErrors(async () => {
        const id = uuidv7();
        const version = await knex.transaction(async (trx) => {
          if ((await countTariffs(trx, organizationId)) >= MOST_TARIFFS) throw tooManyTariffs({ most: MOST_TARIFFS });
          const createdAt = clock.now();
          await insertTariff(trx, { id, organizationId, name, currency, description, createdAt, createdBy: by });
          return content === undefined
            ? null
            : await publish(trx, { id, currency }, content, firstVersion?.effectiveFrom, by);
        });
        return { tariff: await view(scope, id), version };
      });
    },

    update: (scope, id, change) =>
      withDatabaseErrors(async () => {
        await knex.transaction(async (trx) => {
          const row = await tariffRow(trx, scope, id, 'update');
          const { name = row.name, description = row.description, archived = row.archived_at !== null } = change;
          const now = clock.now();
          if (archived && row.archived_at === null && (await isAssigned(trx, id, now))) {
            throw tariffAssigned({ tariffId: id });
          }
          const archivedAt = archived ? (row.archived_at ?? new Date(now)) : null;
          await updateTariff(trx, id, { name, description, archivedAt });
        });
        return view(scope, id);
      }),

    async listVersions(scope, tariffId, page) {
      const { limit, after } = readPageRequest(VERSIONS, page);
      const rows = await withDatabaseErrors(async () => {
        await tariffRow(knex, scope, tariffId);
        return listVersions(knex, tariffId, after === null ? null : Number(after), limit + 1);
      });
      return makeKeysetPage(VERSIONS, rows, limit, ({ version }) => String(version), toVersionView);
    },

    getVersion: (scope, tariffId, version) =>
      withDatabaseErrors(async () => {
        await tariffRow(knex, scope, tariffId);
        return toVersionView(await versionRow(knex, tariffId, version));
      }),

    async addVersion(scope, tariffId, { tariff, effectiveFrom }, by) {
      const content = checkContent(tariff);
      return withDatabaseErrors(() =>
        knex.transaction(async (trx) => {
          const row = await tariffRow(trx, scope, tariffId, 'update');
          if (row.archived_at !== null) throw tariffArchived({ tariffId });
          return publish(trx, row, content, effectiveFrom, by);
        }),
      );
    },

    withdrawVersion: (scope, tariffId, version) =>
      withDatabaseErrors(() =>
        knex.transaction(async (trx) => {
          await tariffRow(trx, scope, tariffId, 'update');
          await versionRow(trx, tariffId, version);
          if (!(await deleteVersionAhead(trx, tariffId, version, clock.now()))) throw versionInEffect({ version });
        }),
      ),

    preview: (scope, { tariffId, version }, session) =>
      withDatabaseErrors(async () => {
        await tariffRow(knex, scope, tariffId);
        if (version !== undefined) return priceSession((await versionRow(knex, tariffId, version)).content, session);
        const at: Instant = instant(Date.parse(session.start));
        const held = await findVersionInEffect(knex, tariffId, at);
        if (held === undefined) throw notInEffect({ tariffId, at: session.start });
        return priceSession(held.content, session);
      }),
  };
}
