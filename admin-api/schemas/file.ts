import {
  FILE_STATUSES,
  type FirmwareFileView,
  type FirmwareUpdateView,
  type LogRequestView,
  REQUEST_STATES,
  STATION_FILE_KINDS,
  type StationFileView,
} from '@voltpile/operations/contract/files';
import * as z from 'zod';
import { commandView } from './command.ts';
import { dateTime, text, uuid } from './common.ts';

const storedFile = {
  id: uuid,
  organizationId: uuid,
  name: z.string().meta({ description: 'As its sender called it, without folders.' }),
  status: z.enum(FILE_STATUSES).meta({
    description:
      '`expected`: a station was asked for it. `failed`: the upload broke off, or the content was lost. `expired`: it never came, or ' +
      'was removed because of its age.',
  }),
  contentType: z.string().meta({ description: 'What the sender said; contents are always given out as bytes.' }),
  sizeBytes: z.int().nullable(),
  sha256: z.string().nullable().meta({ description: 'Hexadecimal.' }),
  createdAt: dateTime,
  completedAt: dateTime.nullable(),
};

export const firmwareFileView = z
  .object({ ...storedFile, uploadedBy: z.string().nullable() })
  .meta({ id: 'FirmwareFile' }) satisfies z.ZodType<FirmwareFileView>;

export const stationFileKind = z.enum(STATION_FILE_KINDS);

export const stationFileView = z
  .object({
    ...storedFile,
    kind: stationFileKind,
    siteId: uuid,
    stationId: z.string(),
    logRequestId: uuid.nullable(),
    expiresAt: dateTime.nullable().meta({ description: 'When it is removed because of its age.' }),
  })
  .meta({ id: 'StationFile' }) satisfies z.ZodType<StationFileView>;

const stationRequest = {
  id: uuid,
  organizationId: uuid,
  siteId: uuid,
  stationId: z.string(),
  requestNumber: z.int().meta({ description: 'The `requestId` of the protocols that have one.' }),
  commandId: uuid.nullable(),
  state: z.enum(REQUEST_STATES).meta({
    description:
      '`pending`: the command is on its way. `running`: the station has taken it. `rejected`: it has not, or is offline. `expired`: ' +
      'nothing final was heard while the address was good. `succeeded`: installed, or a file is here.',
  }),
  status: z.string().nullable().meta({ description: 'The station’s last word on it, in its protocol’s words.' }),
  statusAt: dateTime.nullable(),
  progress: z
    .array(z.object({ status: z.string(), receivedAt: dateTime }))
    .readonly()
    .meta({ description: 'What the station reported, oldest first; the newest 50.' }),
  tokenExpiresAt: dateTime.meta({ description: 'Until when the address in the command is good.' }),
  requestedBy: z.string().nullable(),
  createdAt: dateTime,
  finishedAt: dateTime.nullable(),
};

export const firmwareUpdateView = z
  .object({
    ...stationRequest,
    fileId: uuid.nullable().meta({ description: 'null once the file was removed.' }),
    fileName: z.string(),
    signed: z.boolean(),
    retrieveAt: dateTime,
    installAt: dateTime.nullable(),
  })
  .meta({ id: 'FirmwareUpdate' }) satisfies z.ZodType<FirmwareUpdateView>;

const logType = z.enum(['DiagnosticsLog', 'SecurityLog']);

export const logRequestView = z
  .object({
    ...stationRequest,
    logType,
    oldest: dateTime.nullable(),
    latest: dateTime.nullable(),
    files: z.array(stationFileView).readonly().meta({ description: 'What has come, the newest last; at most 20.' }),
  })
  .meta({ id: 'LogRequest' }) satisfies z.ZodType<LogRequestView>;

export const startedFirmwareUpdate = z
  .object({ command: commandView, update: firmwareUpdateView })
  .meta({ id: 'StartedFirmwareUpdate' });
export const startedLogRequest = z
  .object({ command: commandView, request: logRequestView })
  .meta({ id: 'StartedLogRequest' });

const retries = {
  retries: z.int().min(0).max(100).optional(),
  retryIntervalSeconds: z.int().min(0).max(86_400).optional(),
};

export const firmwareUpdateInput = z
  .strictObject({
    fileId: uuid,
    retrieveAt: dateTime.optional().meta({ description: 'Absent: now. At most 90 days ahead.' }),
    installAt: dateTime.optional().meta({ description: 'Where the protocol can say so; not before `retrieveAt`.' }),
    signature: z.string().min(1).max(800).optional().meta({ description: 'Together with the certificate.' }),
    signingCertificate: z.string().min(1).max(5500).optional().meta({ description: 'PEM.' }),
    ...retries,
  })
  .meta({ id: 'FirmwareUpdateInput' });

export const logRequestInput = z
  .strictObject({ logType, oldest: dateTime.optional(), latest: dateTime.optional(), ...retries })
  .meta({ id: 'LogRequestInput' });

/** The name of a file that is uploaded: for people to read. */
export const fileName = text(1, 200);

/** Hexadecimal SHA-256. */
export const sha256 = z.string().regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hexadecimal digits');
