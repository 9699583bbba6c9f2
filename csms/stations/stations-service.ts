import type { Clock } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { isUuid, uuidv7 } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { type KeysetList, makePage, readPageRequest } from '@voltpile/platform/database/keyset-page';
import type { Knex } from 'knex';
import type { AccessScope } from '../contract/access-scope.ts';
import type { DomainEventType } from '../contract/events.ts';
import type { Epoch, StationKey } from '../contract/ids.ts';
import type { StationInput, StationsPort, StationView } from '../contract/operator-ports.ts';
import { insertEvents } from '../persistence/outbox-events.ts';
import {
  findStation,
  insertStation,
  listStations,
  readConnectors,
  readStatusHistory,
  removeStation,
  replaceKey,
  type StationRecord,
  updateStation,
} from '../persistence/stations-repository.ts';
import { siteForNew } from '../sites/sites-service.ts';
import { checkStationKey, hashStationKey, makeStationKey } from './station-key.ts';
import { checkIdentity, checkStationFacts } from './station-rules.ts';
import { stationUnknown } from './station-writer.ts';

export const stationExists = defineError('station.exists', 'Conflict', 'There is a station {stationId} already.');

export interface StationsDependencies {
  readonly knex: Knex;
  readonly clock: Clock;
  /** The server's secret, under which keys are hashed. */
  readonly secret: Buffer;
  /** Closes a station's open connection; called after the commit, never throws. */
  readonly disconnect: (station: StationKey, epoch: Epoch, reason: string) => void;
  /** Ends what runs at a station that was removed; called after the commit, never rejects. */
  readonly closeTransactions: (station: StationKey) => Promise<void>;
  /** Told after each commit that wrote events. */
  readonly onEvents: () => void;
}

const STATIONS: KeysetList = { name: 'stations', isKey: (key) => key.length > 0 && key.length <= 128 };
const STATUSES: KeysetList = { name: 'statuses', isKey: isUuid };

/** Stations as operators keep them. */
export function createStationsService(dependencies: StationsDependencies): StationsPort {
  const { knex, clock, secret, disconnect, closeTransactions, onEvents } = dependencies;

  const find = async (
    db: Knex,
    scope: AccessScope,
    identity: string,
    options: { readonly lock?: boolean } = {},
  ): Promise<StationRecord> => {
    // PostgreSQL's text holds no NUL: such an identity cannot be one of ours.
    const found = identity.includes('\u0000') ? undefined : await findStation(db, scope, identity, options);
    if (found === undefined) throw stationUnknown({ stationId: identity });
    return found;
  };

  const withConnectors = async (db: Knex, { station, view }: StationRecord): Promise<StationView> => {
    const connectors = await readConnectors(db, [station]);
    return { ...view, connectors: connectors.get(station) ?? [] };
  };

  const tell = (
    trx: Knex.Transaction,
    type: DomainEventType,
    { view }: StationRecord,
    data: Readonly<Record<string, unknown>>,
  ): Promise<void> =>
    insertEvents(trx, [{ type, organizationId: view.organizationId, siteId: view.siteId, stationId: view.id, data }]);

  return {
    list: (scope, filter, page) =>
      withDatabaseErrors(async () => {
        const { limit, after } = readPageRequest(STATIONS, page);
        if (filter.siteId !== undefined && !isUuid(filter.siteId)) return { items: [], nextCursor: null };
        if (filter.search?.includes('\u0000')) return { items: [], nextCursor: null };
        const rows = await listStations(knex, scope, filter, after, limit + 1);
        const connectors = await readConnectors(
          knex,
          rows.map(({ station }) => station),
        );
        return makePage(
          STATIONS,
          rows,
          limit,
          ({ view }) => view.id,
          ({ station, view }) => ({ ...view, connectors: connectors.get(station) ?? [] }),
        );
      }),

    get: (scope, id) => withDatabaseErrors(async () => withConnectors(knex, await find(knex, scope, id))),

    keyOf: (scope, id) => withDatabaseErrors(async () => (await find(knex, scope, id)).station),

    register: async (scope, input) => {
      checkIdentity(input.id);
      checkStationFacts(input);
      if (typeof input.password === 'string') checkStationKey(input.password);
      const made = input.password === undefined ? makeStationKey() : undefined;
      const key = made ?? input.password ?? null;
      const view = await withDatabaseErrors(() =>
        knex.transaction(async (trx) => {
          const site = await siteForNew(trx, scope, input.siteId);
          const registrationStatus = input.registrationStatus ?? 'Accepted';
          const inserted = await insertStation(trx, {
            station: uuidv7(),
            identity: input.id,
            organizationId: site.organizationId,
            siteId: site.id,
            registrationStatus,
            keyHash: key === null ? null : hashStationKey(secret, key),
            heartbeatIntervalSeconds: input.heartbeatIntervalSeconds ?? null,
            lenient: input.lenient ?? false,
            defaultProtocol: input.defaultProtocol ?? null,
            ratedPowerW: input.ratedPowerW ?? null,
          });
          if (!inserted) throw stationExists({ stationId: input.id });
          const record = await find(trx, scope, input.id);
          await tell(trx, 'station.registered', record, { registrationStatus, registeredBy: 'operator' });
          return { ...record.view, connectors: [] };
        }),
      );
      onEvents();
      return made === undefined ? view : { ...view, password: made };
    },

    update: async (scope, id, change) => {
      checkStationFacts(change);
      if (typeof change.password === 'string') checkStationKey(change.password);
      const { record, view } = await withDatabaseErrors(() =>
        knex.transaction(async (trx) => {
          const before = await find(trx, scope, id, { lock: true });
          const site =
            change.siteId === undefined
              ? { id: before.view.siteId, organizationId: before.view.organizationId }
              : await siteForNew(trx, scope, change.siteId);
          await updateStation(trx, before.station, {
            siteId: site.id,
            organizationId: site.organizationId,
            registrationStatus: change.registrationStatus ?? before.view.registrationStatus,
            heartbeatIntervalSeconds: given(change.heartbeatIntervalSeconds, before.view.heartbeatIntervalSeconds),
            lenient: change.lenient ?? before.view.lenient,
            defaultProtocol: given(change.defaultProtocol, before.view.defaultProtocol),
            ratedPowerW: given(change.ratedPowerW, before.view.ratedPowerW),
          });
          if (change.password !== undefined) {
            const key = change.password === null ? null : hashStationKey(secret, change.password);
            await replaceKey(trx, before.station, key);
          }
          const after = await find(trx, scope, id);
          await tell(trx, 'station.updated', after, { changes: changesOf(change), ...summary(after) });
          return { record: before, view: await withConnectors(trx, after) };
        }),
      );
      onEvents();
      const reason = reasonToReconnect(change, record.view, view);
      if (record.openEpoch !== null && reason !== null) disconnect(record.station, record.openEpoch, reason);
      return view;
    },

    remove: async (scope, id) => {
      const record = await withDatabaseErrors(() =>
        knex.transaction(async (trx) => {
          const found = await find(trx, scope, id, { lock: true });
          await removeStation(trx, found.station, clock.now());
          await tell(trx, 'station.updated', found, { removed: true });
          return found;
        }),
      );
      onEvents();
      if (record.openEpoch !== null) disconnect(record.station, record.openEpoch, 'the station was removed');
      await closeTransactions(record.station);
    },

    statusHistory: (scope, id, page) =>
      withDatabaseErrors(async () => {
        const { limit, after } = readPageRequest(STATUSES, page);
        const { station } = await find(knex, scope, id);
        const rows = await readStatusHistory(knex, station, after, limit + 1);
        return makePage(
          STATUSES,
          rows,
          limit,
          (row) => row.id,
          (row) => row.item,
        );
      }),
  };
}

/** Why the open connection, which keeps what it was told at its beginning, cannot go on after a change; null when it can. */
function reasonToReconnect(
  change: Omit<StationInput, 'id'>,
  before: StationRecord['view'],
  after: StationView,
): string | null {
  if (after.registrationStatus === 'Rejected' && before.registrationStatus !== 'Rejected')
    return 'the station was rejected';
  if (change.password !== undefined) return 'the password was changed';
  if (after.lenient !== before.lenient) return 'its messages are to be read in another way';
  // Who may see its messages has changed, too.
  if (after.siteId !== before.siteId) return 'the station was moved to another site';
  return null;
}

/** Absent: as it was. null is a value. */
function given<T>(value: T | undefined, before: T): T {
  return value === undefined ? before : value;
}

/** Names of what was changed, never the values of secrets. */
function changesOf(change: Omit<StationInput, 'id'>): string[] {
  return Object.entries(change).flatMap(([field, value]) => (value === undefined ? [] : [field]));
}

function summary({ view }: StationRecord): Readonly<Record<string, unknown>> {
  const { registrationStatus, heartbeatIntervalSeconds, lenient, defaultProtocol, ratedPowerW, hasPassword } = view;
  return { registrationStatus, heartbeatIntervalSeconds, lenient, defaultProtocol, ratedPowerW, hasPassword };
}
