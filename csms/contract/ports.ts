import { definePort, READS } from '@voltpile/kernel/port-contract';
import type { ChargingCurvesPort } from './charging-curves-port.ts';
import type { ChargingProfilesPort } from './charging-profiles-port.ts';
import type { CostsPort } from './costs-port.ts';
import type { DeviceModelPort } from './device-model-port.ts';
import type { EventConsumerPort, EventsPort } from './events.ts';
import type { FundsPort } from './funds-port.ts';
import type { LocalListsPort } from './local-lists-port.ts';
import type { OfflineRulesPort } from './offline-rules-port.ts';
import type { CommandsPort, IdTokensPort, SitesPort, StationsPort, TransactionsPort } from './operator-ports.ts';
import type { ReservationsPort } from './reservations-port.ts';
import type { StationLink } from './station-link.ts';
import type { StationPort } from './station-port.ts';
import type { StationTariffsPort } from './station-tariff.ts';

/** How the ports that this room declares cross a network. */

const ON_THE_WAY_MS = 2000;
/** Waits for a station's answer. */
const COMMAND_MS = 120_000;

export const STATION_PORT = definePort<StationPort>({
  name: 'station',
  version: 1,
  service: 'csms',
  methods: {
    admit: {},
    gatewayStarted: { isIdempotent: true },
    disconnected: { isIdempotent: true },
    booted: { isIdempotent: true },
    // Presence only, which may be lost: the station gets its answer all the same.
    heartbeat: { isIdempotent: true, fallback: () => undefined },
    // A payer's bank may be asked on the way.
    authorize: { isIdempotent: true, importance: 'transaction', timeoutMs: 20_000 },
    startNamed: { isIdempotent: true, importance: 'transaction' },
    connectorStatusChanged: { isIdempotent: true },
    transactionStarted: { isIdempotent: true, importance: 'transaction', timeoutMs: 20_000 },
    transactionUpdated: { isIdempotent: true, importance: 'transaction' },
    transactionEnded: { isIdempotent: true, importance: 'transaction' },
    metered: { isIdempotent: true, importance: 'transaction' },
    firmwareStatusChanged: { isIdempotent: true },
    logStatusChanged: { isIdempotent: true },
    securityEventReported: { isIdempotent: true },
    certificateRequested: { isIdempotent: true },
    dataTransferred: { isIdempotent: true },
    deviceReported: { isIdempotent: true },
    monitoringReported: { isIdempotent: true },
    deviceEventReported: { isIdempotent: true },
    chargingProfilesReported: { isIdempotent: true },
    chargingLimitChanged: { isIdempotent: true },
    chargingNeedsReported: { isIdempotent: true },
    chargingScheduleReported: { isIdempotent: true },
    reservationEnded: { isIdempotent: true },
    tariffAsked: { isIdempotent: true },
    tariffTaken: { isIdempotent: true },
    factReported: { isIdempotent: true },
  },
});

/** A command takes as long as it may; the rest is for the way. Only the node that holds the station's socket is asked. */
export const STATION_LINK = definePort<StationLink>({
  name: 'station-link',
  version: 1,
  service: 'station-gateway',
  methods: {
    execute: {
      importance: 'transaction',
      timeoutMs: (_station, _epoch, _command, deadline) => Math.max(deadline - Date.now(), 0) + ON_THE_WAY_MS,
      concurrency: 10_000,
    },
    interpret: { isIdempotent: true },
    disconnect: { isIdempotent: true },
  },
});

export const SITES_PORT = definePort<SitesPort>({
  name: 'sites',
  version: 1,
  service: 'csms',
  methods: {
    listOrganizations: READS,
    getOrganization: READS,
    listSites: READS,
    getSite: READS,
    createOrganization: {},
    updateOrganization: {},
    createSite: {},
    updateSite: {},
  },
});

export const STATIONS_PORT = definePort<StationsPort>({
  name: 'stations',
  version: 1,
  service: 'csms',
  methods: {
    list: READS,
    get: READS,
    keyOf: READS,
    statusHistory: READS,
    register: {},
    update: {},
    remove: {},
  },
});

export const ID_TOKENS_PORT = definePort<IdTokensPort>({
  name: 'id-tokens',
  version: 1,
  service: 'csms',
  methods: {
    list: READS,
    get: READS,
    create: {},
    update: {},
    remove: {},
  },
});

export const TRANSACTIONS_PORT = definePort<TransactionsPort>({
  name: 'transactions',
  version: 1,
  service: 'csms',
  methods: {
    list: READS,
    get: READS,
    meterValues: READS,
    events: READS,
    bills: READS,
  },
});

export const COMMANDS_PORT = definePort<CommandsPort>({
  name: 'commands',
  version: 1,
  service: 'csms',
  methods: {
    get: READS,
    list: READS,
    submit: {},
  },
});

export const DEVICE_MODEL_PORT = definePort<DeviceModelPort>({
  name: 'device-model',
  version: 1,
  service: 'csms',
  methods: {
    variables: READS,
    monitors: READS,
    reports: READS,
    events: READS,
    refresh: {},
  },
});

export const RESERVATIONS_PORT = definePort<ReservationsPort>({
  name: 'reservations',
  version: 1,
  service: 'csms',
  methods: {
    list: READS,
    get: READS,
    create: { timeoutMs: COMMAND_MS },
    cancel: {},
  },
});

export const CHARGING_PROFILES_PORT = definePort<ChargingProfilesPort>({
  name: 'charging-profiles',
  version: 1,
  service: 'csms',
  methods: {
    profiles: READS,
    limits: READS,
    compositeSchedules: READS,
    vehiclePlans: READS,
    set: {},
    clear: {},
  },
});

export const LOCAL_LISTS_PORT = definePort<LocalListsPort>({
  name: 'local-lists',
  version: 1,
  service: 'csms',
  methods: {
    get: READS,
    entries: READS,
    setPolicy: {},
    sync: {},
  },
});

export const OFFLINE_RULES_PORT = definePort<OfflineRulesPort>({
  name: 'offline-rules',
  version: 1,
  service: 'csms',
  methods: {
    get: READS,
    apply: {},
  },
});

export const EVENTS_PORT = definePort<EventsPort>({
  name: 'events',
  version: 1,
  service: 'csms',
  methods: {
    read: READS,
    wait: { ...READS, timeoutMs: (_afterId, timeoutMs) => timeoutMs + ON_THE_WAY_MS, concurrency: 1000 },
  },
});

export const CHARGING_CURVES_PORT = definePort<ChargingCurvesPort>({
  name: 'charging-curves',
  version: 1,
  service: 'csms',
  methods: {
    read: { isIdempotent: true, timeoutMs: 30_000 },
    readMany: { isIdempotent: true, timeoutMs: 30_000 },
    group: { isIdempotent: true, timeoutMs: 30_000 },
    ofIntents: { isIdempotent: true, timeoutMs: 30_000 },
    ended: { isIdempotent: true, timeoutMs: 30_000 },
  },
});

export const COSTS_PORT = definePort<CostsPort>({
  name: 'costs',
  version: 1,
  service: 'csms',
  methods: {
    tell: { isIdempotent: true },
  },
});

/** A bank may be asked, and takes its time; a station waits for the answer. Without one the site's rule decides. */
export const FUNDS_PORT = definePort<FundsPort>({
  name: 'funds',
  version: 1,
  service: 'billing',
  methods: { reserve: { isIdempotent: true, importance: 'transaction', timeoutMs: 12_000 } },
});

export const STATION_TARIFFS_PORT = definePort<StationTariffsPort>({
  name: 'station-tariffs',
  version: 1,
  service: 'billing',
  methods: {
    tariffOf: { isIdempotent: true },
    taken: { isIdempotent: true },
  },
});

/** Events for a service that hears of the stations' domain; each has its own name. */
function eventConsumer(service: string) {
  return definePort<EventConsumerPort>({
    name: `${service}-events`,
    version: 1,
    service,
    methods: { types: READS, follow: { isIdempotent: true, importance: 'transaction', timeoutMs: 60_000 } },
  });
}

export const BILLING_EVENTS = eventConsumer('billing');
export const OPERATIONS_EVENTS = eventConsumer('operations');
