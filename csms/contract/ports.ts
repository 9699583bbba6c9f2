import { definePort, READS } from '@voltpile/kernel/port-contract';
import * as z from 'zod';
import {
  anything,
  facts,
  money,
  number,
  SCOPE_FILTER_PAGE,
  SCOPE_ID,
  SCOPE_ID_FACTS,
  SCOPE_ID_FILTER_PAGE,
  SCOPE_ID_PAGE,
  SCOPE_PAGE,
  scope,
  takes,
  text,
  textOrNull,
  texts,
} from './arguments.ts';
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

const station = z.guid();
const origin = z.object({
  station,
  epoch: number,
  receivedAt: number,
  clockOffsetMs: number.nullable(),
  raw: text,
  messageName: text,
  oddities: texts.optional(),
});
const report = z.object({ origin });
const claimedTime = z.object({ text, at: number.nullable() });
const readings = z
  .array(
    z.object({
      timestamp: claimedTime,
      values: z.array(z.object({ measurand: text, value: text, basis: text })).readonly(),
    }),
  )
  .readonly();
const transactionReport = z.object({ origin, timestamp: claimedTime, readings });
const progress = z.object({ origin, status: text });
const connectorStatus = z.object({ origin, evseId: number, connectorId: number, status: text, detail: text });
const credentials = z.object({
  identity: text,
  passwordBase64: textOrNull,
  certificateVerified: z.boolean(),
  unauthenticatedAllowed: z.boolean(),
  remoteAddress: text,
  protocol: textOrNull,
  capabilities: texts,
  nodeId: text,
});
/** Who wants it, of what a station is asked to do. */
const given = z.object({ timeoutSeconds: number.optional(), requestedBy: textOrNull });
const event = z.object({
  id: z.string().regex(/^\d{1,19}$/),
  type: text,
  recordedAt: number,
  organizationId: text,
  siteId: textOrNull,
  stationId: textOrNull,
  data: facts,
});
const costReport = z.object({
  transactionId: text,
  cost: money,
  remaining: money.nullable(),
  energyWh: number,
  asOf: number,
  isFinal: z.boolean(),
});
const fundsRequest = z.object({
  intentId: text,
  organizationId: text,
  siteId: text,
  stationId: text.optional(),
  evseId: number.nullable().optional(),
  accountRef: textOrNull,
  channel: text,
});
const place = z.object({ organizationId: text, siteId: text, stationId: text });

export const STATION_PORT = definePort<StationPort>({
  name: 'station',
  version: 1,
  service: 'csms',
  methods: {
    admit: { args: takes(credentials) },
    gatewayStarted: { isIdempotent: true, args: takes(text) },
    disconnected: { isIdempotent: true, args: takes(station, number, text) },
    booted: { isIdempotent: true, args: takes(report) },
    // Presence only, which may be lost: the station gets its answer all the same.
    heartbeat: { isIdempotent: true, fallback: () => undefined, args: takes(origin) },
    // A payer's bank may be asked on the way.
    authorize: {
      isIdempotent: true,
      importance: 'transaction',
      timeoutMs: 20_000,
      args: takes(z.object({ origin, idToken: z.object({ value: text }) })),
    },
    startNamed: {
      isIdempotent: true,
      importance: 'transaction',
      args: takes(z.object({ station, remoteStartId: number, stationTransactionId: text })),
    },
    connectorStatusChanged: { isIdempotent: true, args: takes(connectorStatus) },
    transactionStarted: {
      isIdempotent: true,
      importance: 'transaction',
      timeoutMs: 20_000,
      args: takes(transactionReport),
    },
    transactionUpdated: { isIdempotent: true, importance: 'transaction', args: takes(transactionReport) },
    transactionEnded: { isIdempotent: true, importance: 'transaction', args: takes(transactionReport) },
    metered: {
      isIdempotent: true,
      importance: 'transaction',
      args: takes(z.object({ origin, evseId: number, readings })),
    },
    firmwareStatusChanged: { isIdempotent: true, args: takes(progress) },
    logStatusChanged: { isIdempotent: true, args: takes(progress) },
    securityEventReported: {
      isIdempotent: true,
      args: takes(z.object({ origin, type: text, timestamp: claimedTime })),
    },
    certificateRequested: { isIdempotent: true, args: takes(z.object({ origin, csr: text })) },
    dataTransferred: { isIdempotent: true, args: takes(z.object({ origin, vendorId: text })) },
    deviceReported: { isIdempotent: true, args: takes(report) },
    monitoringReported: { isIdempotent: true, args: takes(report) },
    deviceEventReported: { isIdempotent: true, args: takes(report) },
    chargingProfilesReported: { isIdempotent: true, args: takes(report) },
    chargingLimitChanged: { isIdempotent: true, args: takes(report) },
    chargingNeedsReported: { isIdempotent: true, args: takes(report) },
    chargingScheduleReported: { isIdempotent: true, args: takes(report) },
    reservationEnded: { isIdempotent: true, args: takes(report) },
    tariffAsked: { isIdempotent: true, args: takes(origin) },
    tariffTaken: { isIdempotent: true, args: takes(z.object({ origin, tariff: facts.nullable() })) },
    factReported: { isIdempotent: true, args: takes(report) },
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
      args: takes(station, number, z.object({ action: text }), number),
    },
    interpret: { isIdempotent: true, args: takes(text, text, anything) },
    disconnect: { isIdempotent: true, args: takes(station, number, text, text.optional()) },
  },
});

export const SITES_PORT = definePort<SitesPort>({
  name: 'sites',
  version: 1,
  service: 'csms',
  methods: {
    listOrganizations: { ...READS, args: SCOPE_PAGE },
    getOrganization: { ...READS, args: SCOPE_ID },
    listSites: { ...READS, args: SCOPE_FILTER_PAGE },
    getSite: { ...READS, args: SCOPE_ID },
    createOrganization: { args: takes(scope, z.object({ name: text })) },
    updateOrganization: { args: SCOPE_ID_FACTS },
    createSite: { args: takes(scope, z.object({ name: text })) },
    updateSite: { args: SCOPE_ID_FACTS },
  },
});

export const STATIONS_PORT = definePort<StationsPort>({
  name: 'stations',
  version: 1,
  service: 'csms',
  methods: {
    list: { ...READS, args: SCOPE_FILTER_PAGE },
    get: { ...READS, args: SCOPE_ID },
    keyOf: { ...READS, args: SCOPE_ID },
    statusHistory: { ...READS, args: SCOPE_ID_PAGE },
    register: { args: takes(scope, z.object({ id: text, password: textOrNull.optional() })) },
    update: { args: takes(scope, text, z.object({ password: textOrNull.optional() })) },
    remove: { args: SCOPE_ID },
  },
});

export const ID_TOKENS_PORT = definePort<IdTokensPort>({
  name: 'id-tokens',
  version: 1,
  service: 'csms',
  methods: {
    list: { ...READS, args: SCOPE_FILTER_PAGE },
    get: { ...READS, args: SCOPE_ID },
    create: { args: takes(scope, z.object({ idToken: text })) },
    update: { args: SCOPE_ID_FACTS },
    remove: { args: SCOPE_ID },
  },
});

export const TRANSACTIONS_PORT = definePort<TransactionsPort>({
  name: 'transactions',
  version: 1,
  service: 'csms',
  methods: {
    list: { ...READS, args: SCOPE_FILTER_PAGE },
    get: { ...READS, args: SCOPE_ID },
    meterValues: { ...READS, args: SCOPE_ID_FILTER_PAGE },
    events: { ...READS, args: SCOPE_ID_PAGE },
    bills: { ...READS, args: SCOPE_ID_PAGE },
  },
});

export const COMMANDS_PORT = definePort<CommandsPort>({
  name: 'commands',
  version: 1,
  service: 'csms',
  methods: {
    get: { ...READS, args: SCOPE_ID },
    list: { ...READS, args: SCOPE_FILTER_PAGE },
    submit: {
      args: takes(
        scope,
        text,
        z.object({ action: text, timeoutSeconds: number.optional(), requestedBy: textOrNull }),
        texts,
      ),
    },
  },
});

export const DEVICE_MODEL_PORT = definePort<DeviceModelPort>({
  name: 'device-model',
  version: 1,
  service: 'csms',
  methods: {
    variables: { ...READS, args: SCOPE_ID_FILTER_PAGE },
    monitors: { ...READS, args: SCOPE_ID_FILTER_PAGE },
    reports: { ...READS, args: SCOPE_ID_FILTER_PAGE },
    events: { ...READS, args: SCOPE_ID_FILTER_PAGE },
    refresh: { args: takes(scope, text, given, texts) },
  },
});

export const RESERVATIONS_PORT = definePort<ReservationsPort>({
  name: 'reservations',
  version: 1,
  service: 'csms',
  methods: {
    list: { ...READS, args: SCOPE_FILTER_PAGE },
    get: { ...READS, args: SCOPE_ID },
    create: { timeoutMs: COMMAND_MS, args: takes(scope, text, facts, given) },
    cancel: { args: takes(scope, text, given) },
  },
});

export const CHARGING_PROFILES_PORT = definePort<ChargingProfilesPort>({
  name: 'charging-profiles',
  version: 1,
  service: 'csms',
  methods: {
    profiles: { ...READS, args: SCOPE_ID_FILTER_PAGE },
    limits: { ...READS, args: SCOPE_ID_FILTER_PAGE },
    compositeSchedules: { ...READS, args: SCOPE_ID_PAGE },
    vehiclePlans: { ...READS, args: SCOPE_ID_FILTER_PAGE },
    set: { args: takes(scope, text, facts, given) },
    clear: { args: takes(scope, text, facts, given) },
  },
});

export const LOCAL_LISTS_PORT = definePort<LocalListsPort>({
  name: 'local-lists',
  version: 1,
  service: 'csms',
  methods: {
    get: { ...READS, args: SCOPE_ID },
    entries: { ...READS, args: SCOPE_ID_PAGE },
    setPolicy: { args: takes(scope, text, z.object({ kind: text }).nullable()) },
    sync: { args: takes(scope, text, given) },
  },
});

export const OFFLINE_RULES_PORT = definePort<OfflineRulesPort>({
  name: 'offline-rules',
  version: 1,
  service: 'csms',
  methods: {
    get: { ...READS, args: SCOPE_ID },
    apply: { args: takes(scope, text, given) },
  },
});

export const EVENTS_PORT = definePort<EventsPort>({
  name: 'events',
  version: 1,
  service: 'csms',
  methods: {
    read: { ...READS, args: takes(scope, textOrNull, number) },
    wait: {
      ...READS,
      timeoutMs: (_afterId, timeoutMs) => timeoutMs + ON_THE_WAY_MS,
      concurrency: 1000,
      args: takes(text, number),
    },
  },
});

export const CHARGING_CURVES_PORT = definePort<ChargingCurvesPort>({
  name: 'charging-curves',
  version: 1,
  service: 'csms',
  methods: {
    read: { isIdempotent: true, timeoutMs: 30_000, args: takes(text) },
    readMany: { isIdempotent: true, timeoutMs: 30_000, args: takes(texts) },
    group: { isIdempotent: true, timeoutMs: 30_000, args: takes(text, text) },
    ofIntents: { isIdempotent: true, timeoutMs: 30_000, args: takes(texts) },
    ended: { isIdempotent: true, timeoutMs: 30_000, args: takes(number, number, textOrNull, number) },
  },
});

export const COSTS_PORT = definePort<CostsPort>({
  name: 'costs',
  version: 1,
  service: 'csms',
  methods: {
    tell: { isIdempotent: true, args: takes(z.array(costReport).readonly()) },
  },
});

/** A bank may be asked, and takes its time; a station waits for the answer. Without one the site's rule decides. */
export const FUNDS_PORT = definePort<FundsPort>({
  name: 'funds',
  version: 1,
  service: 'billing',
  methods: { reserve: { isIdempotent: true, importance: 'transaction', timeoutMs: 12_000, args: takes(fundsRequest) } },
});

export const STATION_TARIFFS_PORT = definePort<StationTariffsPort>({
  name: 'station-tariffs',
  version: 1,
  service: 'billing',
  methods: {
    tariffOf: { isIdempotent: true, args: takes(place) },
    taken: { isIdempotent: true, args: takes(place, facts.nullable()) },
  },
});

/** Events for a service that hears of the stations' domain; each has its own name. */
function eventConsumer(service: string) {
  return definePort<EventConsumerPort>({
    name: `${service}-events`,
    version: 1,
    service,
    methods: {
      types: { ...READS, args: takes() },
      follow: {
        isIdempotent: true,
        importance: 'transaction',
        timeoutMs: 60_000,
        args: takes(z.array(event).readonly()),
      },
    },
  });
}

export const BILLING_EVENTS = eventConsumer('billing');
export const OPERATIONS_EVENTS = eventConsumer('operations');
