import type { StoredTariffsPort, TariffVersionView, TariffView } from '@voltpile/billing/contract/stored-tariffs';
import type { TariffAssignmentsPort, TariffAssignmentView } from '@voltpile/billing/contract/tariff-assignments';
import { isHalfHourTariff, type TariffContent } from '@voltpile/billing/contract/tariff-content';
import type { AccessScope, Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import type { StationsPort } from '@voltpile/csms/contract/operator-ports';
import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';

const NOW = '2026-05-01T00:00:00.000Z';
const tariffNotFound = defineError('tariff.not_found', 'NotFound', 'There is no tariff {tariffId}.');
const versionNotFound = defineError('tariff.version_not_found', 'NotFound', 'There is no version {version}.');
const versionInEffect = defineError('tariff.version_in_effect', 'FailedPrecondition', 'Version {version} has begun.');
const invalid = defineError('tariff.invalid', 'InvalidArgument', 'The tariff has mistakes.');
const assignmentNotFound = defineError('tariff_assignment.not_found', 'NotFound', 'There is no such assignment.');
const overlaps = defineError('tariff_assignment.overlaps', 'Conflict', 'There is {assignmentId} already.');

/** Tariffs in memory, for tests of the API: no rules, but scopes, pages and errors as the contract promises them. */
export class FakeTariffs {
  readonly rows: TariffView[] = [];
  readonly versionRows: TariffVersionView[] = [];
  readonly assignmentRows: TariffAssignmentView[] = [];
  /** What the ports were called with last. */
  readonly seen: {
    tariffFilter?: object;
    assignmentFilter?: object;
    question?: object;
    closedAt?: string | undefined;
  } = {};
  /** What is wrong with the next content; nothing when empty. */
  problems: string[] = [];
  readonly stored: StoredTariffsPort;
  readonly assignments: TariffAssignmentsPort;

  constructor(organizationId: Uuid, stations: StationsPort) {
    const sees = (scope: AccessScope): boolean =>
      scope.kind === 'everything' || (scope.kind === 'organizations' && scope.organizationIds.includes(organizationId));
    const find = (scope: AccessScope, id: Uuid): TariffView => {
      const row = sees(scope) ? this.rows.find((one) => one.id === id) : undefined;
      if (row === undefined) throw tariffNotFound({ tariffId: id });
      return row;
    };
    const versionsOf = (id: Uuid) => this.versionRows.filter(({ tariffId }) => tariffId === id);
    const version = (id: Uuid, number: number): TariffVersionView => {
      const row = versionsOf(id).find((one) => one.version === number);
      if (row === undefined) throw versionNotFound({ version: number });
      return row;
    };
    const publish = (tariffId: Uuid, content: TariffContent, effectiveFrom = NOW): TariffVersionView => {
      if (this.problems.length > 0) throw invalid({ problems: this.problems });
      const isHalfHour = isHalfHourTariff(content);
      const made: TariffVersionView = {
        id: uuidv7(),
        tariffId,
        version: versionsOf(tariffId).length + 1,
        effectiveFrom,
        effectiveTo: null,
        form: isHalfHour ? 'half-hour' : 'ocpi',
        tariff: content as TariffVersionView['tariff'],
        halfHourTariff: isHalfHour ? content : null,
        halfHourModel: null,
        halfHourProblem: 'piles know no fee for standing',
        warnings: [{ kind: 'unpaid', path: 'elements', message: 'Nobody pays.' }],
        createdAt: NOW,
        createdBy: null,
      };
      this.versionRows.push(made);
      return made;
    };
    const findAssignment = (scope: AccessScope, id: Uuid): TariffAssignmentView => {
      const row = sees(scope) ? this.assignmentRows.find((one) => one.id === id) : undefined;
      if (row === undefined) throw assignmentNotFound();
      return row;
    };

    this.stored = {
      list: async (scope, filter, page) => {
        this.seen.tariffFilter = filter;
        return paged(sees(scope) ? this.rows : [], page);
      },
      get: async (scope, id) => find(scope, id),
      create: async (_scope, { name, currency, description = null, firstVersion }, by) => {
        const id = uuidv7();
        const made = firstVersion && publish(id, firstVersion.tariff, firstVersion.effectiveFrom);
        const tariff: TariffView = {
          id,
          organizationId,
          name,
          currency: currency ?? made?.tariff.currency ?? 'EUR',
          description,
          archivedAt: null,
          currentVersion: made?.version ?? null,
          nextVersion: null,
          createdAt: NOW,
          createdBy: by,
        };
        this.rows.push(tariff);
        return { tariff, version: made ?? null };
      },
      update: async (scope, id, { archived, ...change }) => {
        const row = find(scope, id);
        const changed: TariffView = { ...row, ...change, archivedAt: archived === true ? NOW : null };
        this.rows[this.rows.indexOf(row)] = changed;
        return changed;
      },
      listVersions: async (scope, id, page) => paged(versionsOf(find(scope, id).id), page),
      getVersion: async (scope, id, number) => version(find(scope, id).id, number),
      addVersion: async (scope, id, { tariff, effectiveFrom }) => publish(find(scope, id).id, tariff, effectiveFrom),
      withdrawVersion: async (scope, id, number) => {
        const row = version(find(scope, id).id, number);
        if (row.effectiveFrom <= NOW) throw versionInEffect({ version: number });
        this.versionRows.splice(this.versionRows.indexOf(row), 1);
      },
      preview: async (scope, { tariffId, version: number = 1 }) => ({
        currency: version(find(scope, tariffId).id, number).tariff.currency,
        exclVat: '0',
        inclVat: '0',
        lines: [],
      }),
    };
    this.assignments = {
      list: async (scope, filter, page) => {
        this.seen.assignmentFilter = filter;
        return paged(sees(scope) ? this.assignmentRows : [], page);
      },
      get: async (scope, id) => findAssignment(scope, id),
      create: async (scope, { tariffId, target, validFrom = NOW, validTo = null }, by) => {
        const { name } = find(scope, tariffId);
        const same = this.assignmentRows.find((one) => JSON.stringify(one.target) === JSON.stringify(target));
        if (same !== undefined) throw overlaps({ assignmentId: same.id });
        const made: TariffAssignmentView = {
          id: uuidv7(),
          organizationId,
          tariffId,
          tariffName: name,
          target,
          validFrom,
          validTo,
          createdAt: NOW,
          createdBy: by,
          closedBy: null,
        };
        this.assignmentRows.push(made);
        return made;
      },
      close: async (scope, id, at, by) => {
        this.seen.closedAt = at;
        const row = findAssignment(scope, id);
        const closed: TariffAssignmentView = { ...row, validTo: at ?? NOW, closedBy: by };
        this.assignmentRows[this.assignmentRows.indexOf(row)] = closed;
        return closed;
      },
      holding: async (scope, stationId, question) => {
        this.seen.question = question;
        const station = await stations.get(scope, stationId);
        const [assignment] = this.assignmentRows;
        const holding = assignment && { assignment, version: { id: uuidv7(), version: 1, effectiveFrom: NOW } };
        return {
          stationId: station.id,
          evseId: question.evseId ?? null,
          at: question.at ?? NOW,
          chosen: holding ?? null,
          others: holding === undefined ? [] : [{ ...holding, version: null, why: 'no-version-in-effect' }],
        };
      },
    };
  }
}

function paged<T>(all: readonly T[], { limit, cursor }: PageRequest): Page<T> {
  const start = Number(cursor ?? 0);
  const end = start + limit;
  return { items: all.slice(start, end), nextCursor: end < all.length ? String(end) : null };
}
