import type { ConnectorView, StationView } from '@voltpile/csms/contract/operator-ports';
import * as z from 'zod';
import { dateTime, text, uuid } from './common.ts';

export const registrationStatus = z.enum(['Accepted', 'Pending', 'Rejected']);

/** A station's decoded identity: what stands, percent-encoded, at the end of its URL. */
export const stationId = text(1, 128).meta({ description: 'The station’s decoded identity.' });

export const stationParams = z.strictObject({ id: stationId });

export const connectorStatus = z.enum(['Available', 'Occupied', 'Reserved', 'Unavailable', 'Faulted']);

const connector = {
  evseId: z.int(),
  connectorId: z.int(),
  status: connectorStatus,
  statusDetail: z.string().nullable().meta({ description: 'The station’s own word.' }),
  errorCode: z.string().nullable(),
  statusAt: dateTime,
};
const connectorView = z.object(connector).meta({ id: 'Connector' }) satisfies z.ZodType<ConnectorView>;

const station = {
  id: z.string(),
  organizationId: uuid,
  siteId: uuid,
  registrationStatus,
  online: z.boolean(),
  protocol: z.string().nullable(),
  capabilities: z.array(z.string()).meta({
    description: 'Commands that this station’s protocol can carry; `show-cost` is given by the system itself.',
  }),
  hasPassword: z.boolean(),
  vendor: z.string().nullable(),
  model: z.string().nullable(),
  serialNumber: z.string().nullable(),
  firmwareVersion: z.string().nullable(),
  connectedAt: dateTime.nullable(),
  disconnectedAt: dateTime.nullable(),
  lastSeenAt: dateTime.nullable(),
  lastBootAt: dateTime.nullable(),
  heartbeatIntervalSeconds: z.int().nullable(),
  lenient: z.boolean().meta({ description: 'Odd messages that are not about transactions pass, flagged.' }),
  defaultProtocol: z.string().nullable().meta({
    description: 'Spoken when the station’s firmware names no protocol; null: such a connection is refused.',
  }),
  securityProfile: z
    .union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)])
    .nullable()
    .meta({
      description:
        'OCPP security profile of the present or the last connection: 0 open, 1 password, 2 password over TLS, 3 client certificate.',
    }),
  ratedPowerW: z.number().nullable(),
  connectors: z.array(connectorView),
  createdAt: dateTime,
};
export const stationView = z.object(station).meta({ id: 'Station' }) satisfies z.ZodType<StationView>;

export const registeredStation = z
  .object({
    ...station,
    password: z.string().optional().meta({ description: 'The password that was made up; shown this once.' }),
  })
  .meta({ id: 'RegisteredStation' });

export const connectorStatusChange = z
  .object({ ...connector, receivedAt: dateTime, info: z.string().nullable() })
  .meta({ id: 'ConnectorStatusChange' });

const settings = {
  password: text(1, 256).nullable().optional().meta({
    description: 'At least 16 characters. null: none, for stations that are allowed in without.',
  }),
  siteId: uuid.optional(),
  registrationStatus: registrationStatus.optional().meta({ description: 'Needs `station.approve`.' }),
  heartbeatIntervalSeconds: z.int().min(1).max(86_400).nullable().optional(),
  lenient: z.boolean().optional().meta({ description: 'A change closes the station’s connection.' }),
  defaultProtocol: z.enum(['ocpp1.6', 'ocpp2.0.1']).nullable().optional(),
  ratedPowerW: z.int().min(1).max(100_000_000).nullable().optional(),
};

export const stationInput = z
  .strictObject({
    id: stationId,
    ...settings,
    password: settings.password.meta({
      description: 'At least 16 characters. Absent: one is made up and shown once. null: none.',
    }),
  })
  .meta({ id: 'StationInput' });

export const stationChange = z.strictObject(settings).meta({ id: 'StationChange' });
