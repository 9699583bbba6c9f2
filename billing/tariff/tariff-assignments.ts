import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { type Clock, instant, toIso } from '@voltpile/kernel/clock';
import { defineError, type VoltpileError } from '@voltpile/kernel/errors';
import { isUuid, type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { makePage, readPage } from '@voltpile/platform/database/id-page';
import type { Knex } from 'knex';
import type { HoldingAssignment, TariffAssignmentsPort } from '../contract/tariff-assignments.ts';
import { keysOfQuestion, partsOf } from './assignment-target.ts';
import { checkCurrency, checkSitesInOtherCurrencies, checkTarget, type TargetSources } from './check-target.ts';
import { rankAssignments, type TariffQuestion } from './choose-assignment.ts';
import {
  type AssignedVersion,
  type AssignmentRow,
  closeAssignment,
  countOpenAssignments,
  deleteAssignmentAhead,
  findAssignedVersions,
  findAssignment,
  findOverlapping,
  findSitesAssigned,
  insertAssignment,
  listAssignments,
  lockTarget,
  toAssignmentView,
} from './persistence/assignments-repository.ts';
import { findTariff } from './persistence/tariffs-repository.ts';
import { badTime, notBefore, readTime } from './read-time.ts';
import { tariffArchived, tariffNotFound } from './stored-tariffs.ts';

export const assignmentNotFound = defineError(
  'tariff_assignment.not_found',
  'NotFound',
  'There is no tariff assignment {assignmentId}.',
);
export const assignmentOverlaps = defineError(
  'tariff_assignment.overlaps',
  'Conflict',
  'Assignment {assignmentId} is for the same drivers at the same place in this time: close it first.',
);
/** The same refusal where there is an end already. */
const assignmentOverlapsUntil = defineError(
  'tariff_assignment.overlaps',
  'Conflict',
  'Assignment {assignmentId} is for the same drivers at the same place from {validFrom} to {validTo}: begin at its end or later, or end before it begins.',
);
export const assignmentEnded = defineError(
  'tariff_assignment.ended',
  'FailedPrecondition',
  'Assignment {assignmentId} has ended already.',
);
export const tooManyAssignments = defineError(
  'tariff_assignment.too_many',
  'FailedPrecondition',
  'An organisation has at most {most} assignments that have not ended.',
);

const ASSIGNMENTS = 'tariff-assignments';
const MOST_ASSIGNMENTS = 100_000;

export interface TariffAssignmentsOptions extends TargetSources {
  readonly knex: Knex;
  readonly clock: Clock;
}

/** Who is charged by which tariff, as operators set it. */
export function createTariffAssignments(options: TariffAssignmentsOptions): TariffAssignmentsPort {
  const { knex, clock, stations } = options;

  const assignment = async (
    db: Knex,
    scope: AccessScope,
    id: Uuid,
    lock: { readonly lock?: boolean } = {},
  ): Promise<AssignmentRow> => {
    const row = isUuid(id) ? await findAssignment(db, scope, id, lock) : undefined;
    if (row === undefined) throw assignmentNotFound({ assignmentId: id });
    return row;
  };

  return {
    async list(scope, filter, page) {
      const { limit, after } = readPage(ASSIGNMENTS, page);
      const at = filter.at === undefined ? undefined : readTime('at', filter.at, clock.now());
      const rows = await withDatabaseErrors(() => listAssignments(knex, scope, { ...filter, at }, after, limit + 1));
      return makePage(ASSIGNMENTS, rows.map(toAssignmentView), limit);
    },

    get: async (scope, id) => toAssignmentView(await withDatabaseErrors(() => assignment(knex, scope, id))),

    async create(scope, { tariffId, target, validFrom, validTo = null }, by) {
      const now = clock.now();
      const from = validFrom === undefined ? now : readTime('validFrom', validFrom, now);
      const to = validTo === null ? null : readTime('validTo', validTo, now);
      if (to !== null && to <= from) throw badTime({ field: 'validTo', expected: 'later than validFrom' });
      const tariff = isUuid(tariffId) ? await withDatabaseErrors(() => findTariff(knex, scope, tariffId)) : undefined;
      if (tariff === undefined) throw tariffNotFound({ tariffId });
      const organizationId = tariff.organization_id;
      const checked = await checkTarget(options, scope, organizationId, partsOf(target));
      checkCurrency(checked, tariff.currency);
      const { target: parts, currency } = checked;
      if (currency === null) {
        await checkSitesInOtherCurrencies(options, scope, organizationId, tariff.currency, (siteIds) =>
          withDatabaseErrors(() => findSitesAssigned(knex, organizationId, parts.driver, siteIds, from)),
        );
      }
      const id = uuidv7();
      return withDatabaseErrors(() =>
        knex.transaction(async (trx) => {
          const current = await findTariff(trx, scope, tariffId, 'share');
          if (current === undefined || current.archived_at !== null) throw tariffArchived({ tariffId });
          await lockTarget(trx, organizationId, parts);
          const other = await findOverlapping(trx, organizationId, parts, from, to);
          if (other !== undefined) throw overlapping(other);
          if ((await countOpenAssignments(trx, organizationId, now, MOST_ASSIGNMENTS)) >= MOST_ASSIGNMENTS) {
            throw tooManyAssignments({ most: MOST_ASSIGNMENTS });
          }
          const times = { validFrom: from, validTo: to, createdAt: now };
          await insertAssignment(trx, { id, organizationId, tariffId, target: parts, ...times, createdBy: by });
          return toAssignmentView(await assignment(trx, scope, id));
        }),
      );
    },

    close: (scope, id, at, by) =>
      withDatabaseErrors(() =>
        knex.transaction(async (trx) => {
          const row = await assignment(trx, scope, id, { lock: true });
          const now = clock.now();
          const end = at === undefined ? now : notBefore('at', readTime('at', at, now), now, 'now or later');
          if (row.valid_to !== null && row.valid_to.getTime() <= now) throw assignmentEnded({ assignmentId: id });
          if (row.valid_to !== null && row.valid_to.getTime() <= end) {
            throw badTime({ field: 'at', expected: 'before the end that it has already' });
          }
          const from = row.valid_from.getTime();
          // What would end before it begins never holds. One that begins in this moment by the database's clock ends as it does.
          if (from > now && from >= end && (await deleteAssignmentAhead(trx, id))) return null;
          await closeAssignment(trx, id, instant(Math.max(from, end)), by);
          return toAssignmentView(await assignment(trx, scope, id));
        }),
      ),

    async holding(scope, stationId, asked) {
      const now = clock.now();
      const at = asked.at === undefined ? now : readTime('at', asked.at, now);
      const station = await stations.get(scope, stationId);
      const evseId = asked.evseId ?? null;
      const question: TariffQuestion = {
        organizationId: station.organizationId,
        siteId: station.siteId,
        stationId: station.id,
        evseId,
        accountId: asked.accountId?.toLowerCase() ?? null,
        accountGroupId: asked.accountGroupId?.toLowerCase() ?? null,
        partnerId: asked.partnerId?.toLowerCase() ?? null,
        at,
      };
      const [assigned = []] = await withDatabaseErrors(() =>
        findAssignedVersions(knex, [{ ...question, keys: keysOfQuestion(question) }]),
      );
      const ranked = rankAssignments(assigned, question);
      const [chosen, ...beaten] = ranked.filter(({ version }) => version !== null);
      return {
        stationId: station.id,
        evseId,
        at: toIso(at),
        chosen: chosen === undefined ? null : toHolding(chosen),
        others: [
          ...beaten.map((one) => ({ ...toHolding(one), why: 'less-specific' as const })),
          ...ranked
            .filter(({ version }) => version === null)
            .map((one) => ({ ...toHolding(one), why: 'no-version-in-effect' as const })),
        ],
      };
    },
  };
}

function overlapping({
  id: assignmentId,
  valid_from: from,
  valid_to: to,
}: Pick<AssignmentRow, 'id' | 'valid_from' | 'valid_to'>): VoltpileError {
  if (to === null) return assignmentOverlaps({ assignmentId });
  return assignmentOverlapsUntil({ assignmentId, validFrom: from.toISOString(), validTo: to.toISOString() });
}

function toHolding({ row, version }: AssignedVersion): HoldingAssignment {
  return { assignment: toAssignmentView(row), version };
}
