import { type Clock, type Instant, toIso } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { type KeysetList, makePage, readPageRequest } from '@voltpile/platform/database/keyset-page';
import type { Knex } from 'knex';
import type { AccessScope } from '../contract/access-scope.ts';
import type { LocalListsPort, LocalListView } from '../contract/local-lists-port.ts';
import {
  findList,
  type ListRecord,
  listEntries,
  lockList,
  saveList,
  savePolicy,
} from '../persistence/local-lists-repository.ts';
import { insertEvents } from '../persistence/outbox-events.ts';
import { stationUnknown } from '../stations/station-writer.ts';
import { listEvent } from './list-events.ts';
import type { ReadListLimits } from './list-limits.ts';
import { checkedPolicy } from './list-policy.ts';
import { countSteps, whenWanted } from './list-state.ts';
import { keep, type ListSteps } from './list-steps.ts';
import { isKept, planList, policyOf } from './plan-list.ts';

export const listOff = defineError(
  'local_list.off',
  'FailedPrecondition',
  'No local list is wanted for station {stationId}; give it or its site a policy first.',
);
export const listNotSupported = defineError(
  'local_list.not_supported',
  'FailedPrecondition',
  'Station {stationId} cannot be sent a local list.',
);
export const listBaseUnknown = defineError(
  'local_list.base_unknown',
  'FailedPrecondition',
  'It is not known which list station {stationId} has; send the whole list.',
);

const ENTRIES: KeysetList = {
  name: 'local-list-entries',
  isKey: (key) => key.length >= 1 && key.length <= 64 && !key.includes('\u0000'),
};

/** The local lists of stations, as operators see and steer them. */
export function createLocalListsService(dependencies: {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly steps: ListSteps;
  readonly readLimits: ReadListLimits;
  readonly onEvents: () => void;
}): LocalListsPort {
  const { knex, clock, steps, readLimits, onEvents } = dependencies;

  const find = async (scope: AccessScope, stationId: string): Promise<ListRecord> => {
    const found = stationId.includes('\u0000') ? undefined : await findList(knex, scope, stationId);
    if (found === undefined) throw stationUnknown({ stationId });
    return found;
  };

  const lock = async (trx: Knex, { station, stationId }: ListRecord, now: Instant): Promise<ListRecord> => {
    const locked = await lockList(trx, station, now);
    if (locked === undefined) throw stationUnknown({ stationId });
    return locked;
  };

  const view = async (record: ListRecord): Promise<LocalListView> => {
    const { state, facts } = record;
    const policy = policyOf(record);
    const isOn = policy.kind !== 'off';
    const { wanted, limits } = await planList(knex, record, readLimits, clock.now());
    const steps = countSteps(state, wanted.entries, limits);
    const isSupported = isCapable(record) && state.status !== 'unsupported';
    return {
      stationId: record.stationId,
      organizationId: record.organizationId,
      siteId: record.siteId,
      policy,
      policySource: record.stationPolicy === null ? 'site' : 'station',
      status: statusOf(record, steps),
      operatorManaged: state.operatorManaged,
      confirmedVersion: state.confirmed?.versionNumber ?? null,
      wantedVersion:
        !isOn || !isSupported
          ? null
          : state.confirmed !== null && steps === 0
            ? state.confirmed.versionNumber
            : Math.max(state.lastVersion, state.heardVersion ?? 0) + steps,
      entryCount: state.confirmed?.entries.length ?? null,
      wantedEntryCount: isOn ? wanted.entries.length : null,
      leftOutCount: wanted.leftOutCount,
      lastError: state.lastError,
      retryAt: isoOrNull(facts.retryAt),
      verifiedAt: isoOrNull(facts.verifiedAt),
      updatedAt: isoOrNull(record.updatedAt),
    };
  };

  return {
    get: (scope, stationId) => withDatabaseErrors(async () => view(await find(scope, stationId))),

    entries: (scope, stationId, page) =>
      withDatabaseErrors(async () => {
        const { limit, after } = readPageRequest(ENTRIES, page);
        const { station } = await find(scope, stationId);
        const rows = await listEntries(knex, station, after, limit + 1);
        return makePage(
          ENTRIES,
          rows,
          limit,
          (row) => row.value,
          (row) => row.view,
        );
      }),

    setPolicy: async (scope, stationId, policy) => {
      const checked = policy === null ? null : checkedPolicy(policy);
      const { station } = await withDatabaseErrors(async () => {
        const found = await find(scope, stationId);
        await knex.transaction(async (trx) => {
          const now = clock.now();
          const before = await lock(trx, found, now);
          await savePolicy(trx, before.station, checked);
          const wanted = whenWanted(before.state, false);
          const isWanted = isKept({ ...before, stationPolicy: checked });
          const state = isWanted ? wanted : { ...wanted, status: before.state.status };
          const facts = { ...before.facts, basis: null, retryAt: null };
          await saveList(trx, before, state, facts, now);
          await insertEvents(trx, [listEvent(before, state, facts)]);
        });
        return found;
      });
      onEvents();
      steps.goOn(station);
      return withDatabaseErrors(async () => view(await find(scope, stationId)));
    },

    sync: async (scope, stationId, { mode, requestedBy }) => {
      const { station } = await withDatabaseErrors(async () => {
        const found = await find(scope, stationId);
        if (!isKept(found)) throw listOff({ stationId });
        if (!isCapable(found)) throw listNotSupported({ stationId });
        await knex.transaction(async (trx) => {
          const now = clock.now();
          const before = await lock(trx, found, now);
          if (mode === 'differential' && before.state.confirmed === null) throw listBaseUnknown({ stationId });
          await keep(trx, before, whenWanted(before.state, mode === 'full'), now, { basis: null, retryAt: null });
        });
        return found;
      });
      const { commandId, error } = await steps.take(station, requestedBy);
      if (error !== undefined) throw error;
      return { list: await withDatabaseErrors(async () => view(await find(scope, stationId))), commandId };
    },
  };
}

/** What a station can do is known from its last connection. */
function isCapable({ protocol, capabilities }: ListRecord): boolean {
  return protocol === null || capabilities.includes('send-local-list');
}

/** What is stored tells of the last step; tokens and rules may have changed since. */
function statusOf(record: ListRecord, steps: number): LocalListView['status'] {
  const { status, operatorManaged, managed } = record.state;
  if (!isCapable(record)) return 'unsupported';
  if (operatorManaged) return 'unknown';
  if (policyOf(record).kind === 'off' && !managed && status !== 'in-step' && status !== 'unsupported') return 'unknown';
  const isOutOfStep = status === 'in-step' && steps > 0 && isKept(record);
  return isOutOfStep || status === 'unknown' ? 'pending' : status;
}

function isoOrNull(at: Instant | null): string | null {
  return at === null ? null : toIso(at);
}
