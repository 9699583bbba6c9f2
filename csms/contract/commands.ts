import * as z from 'zod';
import type { SpendingLimit } from './station-port.ts';
import { stationTariffSchema } from './station-tariff.ts';

/**
 * Every command that a person or a service may give to a station, in neutral words (OCPP 2.0.1 vocabulary). The schemas validate API
 * payloads, make the OpenAPI document, and give the types. A dialect has one file a command; what it cannot do is missing from the
 * station's capabilities.
 */

const idToken = z.string().min(1).max(36);
const evseId = z.int().min(0).max(1000);
const chargingEvseId = z.int().min(1).max(1000);
const requestId = z.int().min(0).max(2_147_483_647);
const retries = z.int().min(0).max(100).optional();
const retryIntervalSeconds = z.int().min(0).max(86_400).optional();
const dateTime = z.iso.datetime({ offset: true });
const location = z.url().max(512);
const connectorId = z.int().min(1).max(1000);

/** `CentralSystemRootCertificate` is 1.6's word for 2.0.1's CSMSRootCertificate. */
const ROOT_CERTIFICATES = [
  'CentralSystemRootCertificate',
  'ManufacturerRootCertificate',
  'MORootCertificate',
  'V2GRootCertificate',
] as const;
const rootCertificateType = z.enum(ROOT_CERTIFICATES);

const certificateHashData = z.strictObject({
  hashAlgorithm: z.enum(['SHA256', 'SHA384', 'SHA512']),
  issuerNameHash: z.string().max(128),
  issuerKeyHash: z.string().max(128),
  serialNumber: z.string().max(40),
});

const chargingSchedulePeriod = z.strictObject({
  startPeriod: z.int().min(0),
  limit: z.number().min(0),
  numberPhases: z.int().min(1).max(3).optional(),
});

const PURPOSES = [
  'ChargingStationExternalConstraints',
  'ChargingStationMaxProfile',
  'TxDefaultProfile',
  'TxProfile',
] as const;

export const chargingProfileSchema = z.strictObject({
  id: z.int().min(0),
  stackLevel: z.int().min(0),
  chargingProfilePurpose: z.enum(['ChargingStationMaxProfile', 'TxDefaultProfile', 'TxProfile']),
  chargingProfileKind: z.enum(['Absolute', 'Recurring', 'Relative']),
  recurrencyKind: z.enum(['Daily', 'Weekly']).optional(),
  validFrom: dateTime.optional(),
  validTo: dateTime.optional(),
  chargingSchedule: z.strictObject({
    /** Where the dialect numbers schedules (OCPP 2.0.1); the profile's own number when absent. */
    id: z.int().min(0).optional(),
    duration: z.int().min(0).optional(),
    startSchedule: dateTime.optional(),
    chargingRateUnit: z.enum(['W', 'A']),
    minChargingRate: z.number().min(0).optional(),
    chargingSchedulePeriod: z.array(chargingSchedulePeriod).min(1).max(1024),
  }),
});
export type ChargingProfile = z.infer<typeof chargingProfileSchema>;

const variable = z.string().min(1).max(50);
const attributeType = z.enum(['Actual', 'Target', 'MinSet', 'MaxSet']).optional();
/** OCPP 2.0.1 IdTokenEnumType. */
const idTokenType = z
  .enum(['Central', 'eMAID', 'ISO14443', 'ISO15693', 'KeyCode', 'Local', 'MacAddress', 'NoAuthorization'])
  .optional();

const componentSchema = z
  .strictObject({
    name: z.string().min(1).max(50),
    instance: z.string().max(50).optional(),
    evseId: evseId.optional(),
    connectorId: z.int().min(0).max(1000).optional(),
  })
  .refine((component) => component.connectorId === undefined || component.evseId !== undefined, {
    path: ['evseId'],
    error: 'A connector is named together with its EVSE.',
  });

/**
 * The name of a variable of the device model. Without a component it is a key of a dialect that has keys only (OCPP 1.6); where the
 * dialect has components, one is needed.
 */
const variableName = {
  component: componentSchema.optional(),
  variable,
  instance: z.string().max(50).optional(),
};
const componentVariables = z
  .array(
    z.strictObject({
      component: componentSchema,
      variable: variable.optional(),
      instance: z.string().max(50).optional(),
    }),
  )
  .min(1)
  .max(200)
  .optional();

/** Payload of each command as the API takes it, by action. */
export const COMMAND_PAYLOADS = {
  'start-transaction': z.strictObject({
    evseId: chargingEvseId.optional(),
    idToken,
    /** The registered type of the token when absent. */
    idTokenType,
    groupIdToken: idToken.optional(),
    chargingProfile: chargingProfileSchema.optional(),
    /** EVSEs that feed the same vehicle together with `evseId`, where the dialect can. */
    parallelEvseIds: z.array(chargingEvseId).min(1).max(3).optional(),
  }),
  'stop-transaction': z.strictObject({ transactionId: z.string().min(1).max(64) }),
  /** With an EVSE only that one is reset, where the dialect can. */
  'reset-station': z.strictObject({ type: z.enum(['Immediate', 'OnIdle']), evseId: chargingEvseId.optional() }),
  'unlock-connector': z.strictObject({ evseId: chargingEvseId, connectorId: connectorId.optional() }),
  /** Without an EVSE (or with 0) the whole station is meant. */
  'change-availability': z.strictObject({
    evseId: evseId.optional(),
    connectorId: connectorId.optional(),
    operationalStatus: z.enum(['Operative', 'Inoperative']),
  }),
  'trigger-message': z.strictObject({
    requestedMessage: z.enum([
      'BootNotification',
      'DiagnosticsStatusNotification',
      'FirmwareStatusNotification',
      'Heartbeat',
      'LogStatusNotification',
      'MeterValues',
      'PublishFirmwareStatusNotification',
      'SignChargingStationCertificate',
      'SignCombinedCertificate',
      'SignV2GCertificate',
      'StatusNotification',
      'TransactionEvent',
    ]),
    evseId: chargingEvseId.optional(),
    connectorId: connectorId.optional(),
  }),
  'extended-trigger-message': z.strictObject({
    requestedMessage: z.enum([
      'BootNotification',
      'LogStatusNotification',
      'FirmwareStatusNotification',
      'Heartbeat',
      'MeterValues',
      'SignChargePointCertificate',
      'StatusNotification',
    ]),
    evseId: chargingEvseId.optional(),
  }),
  /** Without names: everything the station knows. */
  'get-variables': z.strictObject({
    variables: z
      .array(z.strictObject({ ...variableName, attributeType }))
      .max(1000)
      .optional(),
  }),
  'set-variables': z.strictObject({
    variables: z
      .array(z.strictObject({ ...variableName, attributeType, value: z.string().max(2500) }))
      .min(1)
      .max(200),
  }),
  /** Parts of the report come by themselves, see `GET /stations/{id}/variables`. */
  'get-base-report': z.strictObject({
    requestId: requestId.optional(),
    reportBase: z.enum(['ConfigurationInventory', 'FullInventory', 'SummaryInventory']),
  }),
  'get-report': z.strictObject({
    requestId: requestId.optional(),
    componentCriteria: z
      .array(z.enum(['Active', 'Available', 'Enabled', 'Problem']))
      .min(1)
      .max(4)
      .optional(),
    componentVariables,
  }),
  'get-monitoring-report': z.strictObject({
    requestId: requestId.optional(),
    monitoringCriteria: z
      .array(z.enum(['ThresholdMonitoring', 'DeltaMonitoring', 'PeriodicMonitoring']))
      .min(1)
      .max(3)
      .optional(),
    componentVariables,
  }),
  'set-variable-monitoring': z.strictObject({
    monitors: z
      .array(
        z.strictObject({
          ...variableName,
          component: componentSchema,
          /** To replace one that is set. */
          id: z.int().min(0).optional(),
          type: z.enum(['UpperThreshold', 'LowerThreshold', 'Delta', 'Periodic', 'PeriodicClockAligned']),
          value: z.number(),
          severity: z.int().min(0).max(9),
          /** Only while a transaction runs. */
          transaction: z.boolean().optional(),
        }),
      )
      .min(1)
      .max(200),
  }),
  'clear-variable-monitoring': z.strictObject({ ids: z.array(z.int().min(0)).min(1).max(500) }),
  'set-monitoring-base': z.strictObject({ monitoringBase: z.enum(['All', 'FactoryDefault', 'HardWiredOnly']) }),
  'set-monitoring-level': z.strictObject({ severity: z.int().min(0).max(9) }),
  /** Of one transaction, or (without) whether the station has anything to deliver. */
  'get-transaction-status': z.strictObject({ transactionId: z.string().min(1).max(64).optional() }),
  'clear-cache': z.strictObject({}),
  'get-local-list-version': z.strictObject({}),
  'apply-tariff': z.strictObject({ tariff: stationTariffSchema }),
  'send-local-list': z.strictObject({
    versionNumber: z.int().min(1),
    updateType: z.enum(['Full', 'Differential']),
    /** An entry without `idTokenInfo` removes the token (differential only). */
    localAuthorizationList: z
      .array(
        z.strictObject({
          idToken,
          idTokenType,
          idTokenInfo: z
            .strictObject({
              status: z.enum(['Accepted', 'Blocked', 'Expired', 'Invalid']),
              groupIdToken: idToken.optional(),
              expiresAt: dateTime.optional(),
            })
            .optional(),
        }),
      )
      .max(5000)
      .optional(),
  }),
  'reserve-now': z.strictObject({
    /** Made up when absent. */
    reservationId: requestId.optional(),
    /** 0 or absent: the station chooses. */
    evseId: evseId.optional(),
    /** Of this type, where the dialect can say so (OCPP 2.0.1 ConnectorEnumType). */
    connectorType: z.string().min(1).max(20).optional(),
    idToken,
    idTokenType,
    groupIdToken: idToken.optional(),
    expiresAt: dateTime,
  }),
  'cancel-reservation': z.strictObject({ reservationId: requestId }),
  'set-charging-profile': z.strictObject({
    evseId,
    chargingProfile: chargingProfileSchema,
    /** For a TxProfile: ours. Filled in from the EVSE's running transaction when absent. */
    transactionId: z.string().min(1).max(64).optional(),
  }),
  'clear-charging-profile': z.strictObject({
    chargingProfileId: z.int().min(0).optional(),
    evseId: evseId.optional(),
    chargingProfilePurpose: z.enum(PURPOSES).optional(),
    stackLevel: z.int().min(0).optional(),
  }),
  /** The profiles come by themselves, see `GET /stations/{id}/charging-profiles`. */
  'get-charging-profiles': z.strictObject({
    requestId: requestId.optional(),
    evseId: evseId.optional(),
    chargingProfilePurpose: z.enum(PURPOSES).optional(),
    stackLevel: z.int().min(0).optional(),
    chargingProfileIds: z.array(z.int().min(0)).min(1).max(100).optional(),
    chargingLimitSource: z
      .array(z.enum(['EMS', 'Other', 'SO', 'CSO']))
      .min(1)
      .max(4)
      .optional(),
  }),
  'get-composite-schedule': z.strictObject({
    evseId,
    durationSeconds: z.int().min(1),
    chargingRateUnit: z.enum(['W', 'A']).optional(),
  }),
  'update-firmware': z.strictObject({
    /** Made up when absent, where the dialect has one. */
    requestId: requestId.optional(),
    location,
    retrieveAt: dateTime,
    installAt: dateTime.optional(),
    retries,
    retryIntervalSeconds,
  }),
  'update-signed-firmware': z.strictObject({
    requestId: requestId.optional(),
    location,
    retrieveAt: dateTime,
    installAt: dateTime.optional(),
    signingCertificate: z.string().max(5500),
    signature: z.string().max(800),
    retries,
    retryIntervalSeconds,
  }),
  'get-diagnostics': z.strictObject({
    /** Made up when absent, where the dialect has one. */
    requestId: requestId.optional(),
    location,
    oldest: dateTime.optional(),
    latest: dateTime.optional(),
    retries,
    retryIntervalSeconds,
  }),
  'get-log': z.strictObject({
    requestId: requestId.optional(),
    logType: z.enum(['DiagnosticsLog', 'SecurityLog']),
    location,
    oldest: dateTime.optional(),
    latest: dateTime.optional(),
    retries,
    retryIntervalSeconds,
  }),
  'install-certificate': z.strictObject({
    certificateType: rootCertificateType,
    certificate: z.string().min(1).max(5500),
  }),
  'delete-certificate': z.strictObject({ certificateHashData }),
  'get-installed-certificate-ids': z.strictObject({
    /** Needed by OCPP 1.6; 2.0.1 gives all of them without. */
    certificateType: z.enum([...ROOT_CERTIFICATES, 'V2GCertificateChain']).optional(),
  }),
  'certificate-signed': z.strictObject({
    certificateChain: z.string().min(1).max(10_000),
    /** Absent: for the station's own connection to us. */
    certificateType: z.enum(['ChargingStationCertificate', 'V2GCertificate']).optional(),
  }),
} as const;

export type CommandAction = keyof typeof COMMAND_PAYLOADS;
export const COMMAND_ACTIONS = Object.keys(COMMAND_PAYLOADS) as CommandAction[];

/** What the API takes for an action. */
export type CommandPayload<A extends CommandAction> = z.infer<(typeof COMMAND_PAYLOADS)[A]>;

/** What the domain adds before a command leaves for the station. */
interface Resolved {
  /** The dialect's number of the transaction that the command is about. */
  readonly stationTransactionId?: string;
  /** Names a start command; the station repeats it in its report of the start, where the dialect can. */
  readonly remoteStartId?: number;
  /** What the charge may cost, where the driver's funds are limited; for stations that count the money themselves. */
  readonly spendingLimit?: SpendingLimit;
  /** How many variables the station takes in one message; a command with more is sent in parts. */
  readonly itemsPerMessage?: number;
}

/**
 * What a charge costs, for the display of its station, or for a station that counts the money itself. The domain gives it by itself: it is no
 * command that a person could give, and nothing is stored of it.
 */
export interface ShowCost {
  readonly action: 'show-cost';
  /** The dialect's name of the transaction. */
  readonly stationTransactionId: string;
  readonly payload: {
    readonly evseId: number | null;
    /** The token as it was shown; null without one. */
    readonly idToken: string | null;
    /** What the driver pays, tax included. */
    readonly cost: Money;
    /** What a prepaid driver has left beyond the cost; null when nothing limits the charge. */
    readonly remaining: Money | null;
    /** The register at {@link asOf}, in Wh; from 0 where the start's is not known. */
    readonly meterWh: number;
    /** RFC 3339: up to when the charge is priced. */
    readonly asOf: string;
    /** Whether the vehicle asks for energy, as far as the status of its connector tells. */
    readonly isCharging: boolean;
    /** Of the settled charge. */
    readonly isFinal: boolean;
  };
}

/** `amount` is decimal text, `currency` ISO 4217. */
interface Money {
  readonly amount: string;
  readonly currency: string;
}

/**
 * A command on its way to a station. `raw-call` carries a dialect's own action that has no neutral twin; it is validated by the
 * dialect and needs its own permission.
 */
export type StationCommand =
  | { [A in CommandAction]: { readonly action: A; readonly payload: CommandPayload<A> } & Resolved }[CommandAction]
  | { readonly action: 'raw-call'; readonly payload: { readonly action: string; readonly payload: unknown } }
  | ShowCost;

export type StationCommandOf<A extends CommandAction | ShowCost['action']> = Extract<StationCommand, { action: A }>;

export type CommandStatus = 'pending' | 'accepted' | 'rejected' | 'failed' | 'timeout' | 'offline' | 'unknown';

/**
 * What one needs to be allowed to do before giving a command: `operate` is the control room's daily work, `configure` changes how a
 * station behaves from then on, `raw-call` speaks the dialect directly.
 */
export type CommandClass = 'operate' | 'configure' | 'raw-call';

const OPERATE: ReadonlySet<string> = new Set<CommandAction>([
  'start-transaction',
  'stop-transaction',
  'reset-station',
  'unlock-connector',
  'change-availability',
  'trigger-message',
  'extended-trigger-message',
  'get-variables',
  'get-base-report',
  'get-report',
  'get-monitoring-report',
  'get-transaction-status',
  'get-charging-profiles',
  'get-local-list-version',
  'reserve-now',
  'cancel-reservation',
  'get-composite-schedule',
  'get-installed-certificate-ids',
]);

/** What a person may give, and what a dialect's own action is read as. */
export type GivenCommand = Exclude<StationCommand, ShowCost>;

/** The class of a neutral action, or of `raw-call`. */
export function commandClass(action: GivenCommand['action']): CommandClass {
  if (action === 'raw-call') return 'raw-call';
  return OPERATE.has(action) ? 'operate' : 'configure';
}
