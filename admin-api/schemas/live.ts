import {
  LIVE_STATES,
  type LinkView,
  type LiveChargeView,
  type LiveConnectorView,
  type LiveEvseView,
  type LiveStationView,
  type RollUpView,
  type SiteRollUpView,
} from '@voltpile/operations/contract/live';
import * as z from 'zod';
import { dateTime, text, uuid } from './common.ts';
import { connectorStatus, registrationStatus } from './station.ts';

const liveState = z.enum(LIVE_STATES);
const money = z.object({ amount: z.string(), currency: z.string() });

const told = {
  status: connectorStatus,
  statusDetail: z.string().nullable().meta({ description: 'The station’s own word.' }),
  errorCode: z.string().nullable(),
  vendorErrorCode: z.string().nullable(),
  info: z.string().nullable(),
  statusAt: dateTime,
};
const connector = z
  .object({ connectorId: z.int(), ...told })
  .meta({ id: 'LiveConnector' }) satisfies z.ZodType<LiveConnectorView>;

const evse = z
  .object({ evseId: z.int(), state: liveState, connectors: z.array(connector) })
  .meta({ id: 'LiveEvse' }) satisfies z.ZodType<LiveEvseView>;

const charge = z
  .object({
    transactionId: uuid,
    evseId: z.int().nullable(),
    startedAt: dateTime,
    chargingState: z.string().nullable(),
    energyWh: z.number().nullable(),
    powerW: z.number().nullable(),
    socPercent: z.number().nullable(),
    meteredAt: dateTime.nullable(),
    isStale: z.boolean().meta({ description: 'No reading has come for ten minutes.' }),
    cost: money.nullable(),
  })
  .meta({ id: 'LiveCharge' }) satisfies z.ZodType<LiveChargeView>;

const link = z.object({
  protocol: z.string().nullable(),
  connectedAt: dateTime.nullable(),
  disconnectedAt: dateTime.nullable(),
  disconnectReason: z.string().nullable(),
  connectsLastHour: z.int().meta({ description: 'How often it has connected; fifty at most are counted.' }),
  connectsLastDay: z.int(),
}) satisfies z.ZodType<LinkView>;

export const liveStationView = z
  .object({
    id: z.string(),
    organizationId: uuid,
    siteId: uuid,
    registrationStatus,
    online: z.boolean(),
    state: liveState.meta({
      description:
        'The first of these that one of its EVSEs is at: faulted, charging, occupied, reserved, available, unavailable; offline where it is not connected.',
    }),
    powerW: z.number().nullable().meta({ description: 'Of all its charges; null while it is offline.' }),
    evses: z.array(evse),
    whole: z.object(told).nullable().meta({ description: 'What it says of itself as a whole.' }),
    charges: z.array(charge),
    link,
    vendor: z.string().nullable(),
    model: z.string().nullable(),
    firmwareVersion: z.string().nullable(),
    bootedAt: dateTime.nullable(),
    changedAt: dateTime.meta({ description: 'When it last told something that shows here, or was lost.' }),
  })
  .meta({ id: 'LiveStation' }) satisfies z.ZodType<LiveStationView>;

const rollUp = {
  stations: z.object({
    total: z.int(),
    online: z.int(),
    offline: z.int(),
    stale: z.int().meta({ description: 'Online, with a charge of which no reading has come for ten minutes.' }),
  }),
  evses: z
    .object({
      total: z.int(),
      offline: z.int(),
      faulted: z.int(),
      charging: z.int(),
      occupied: z.int(),
      reserved: z.int(),
      available: z.int(),
      unavailable: z.int(),
      unknown: z.int(),
    })
    .meta({ description: 'How many EVSEs are at what.' }),
  charges: z.int().meta({ description: 'Transactions under way.' }),
  powerW: z.number(),
  today: z.object({ sessions: z.int(), energyWh: z.number(), revenue: z.array(money) }).meta({
    description: 'Charges that have ended since midnight at their site, and what they were settled at, tax included.',
  }),
};
export const fleetView = z.object(rollUp).meta({ id: 'Fleet' }) satisfies z.ZodType<RollUpView>;
export const siteRollUpView = z
  .object({ siteId: uuid, name: z.string(), timeZone: z.string(), since: dateTime, ...rollUp })
  .meta({ id: 'SiteRollUp' }) satisfies z.ZodType<SiteRollUpView>;

export const liveFilter = {
  siteId: uuid.optional(),
  state: liveState.optional(),
  search: text(1, 128).optional().meta({ description: 'The identity contains this text, without regard to case.' }),
};
