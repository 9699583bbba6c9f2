import type {
  MeterValueView,
  StationBillView,
  TransactionEventView,
  TransactionView,
} from '@voltpile/csms/contract/operator-ports';
import * as z from 'zod';
import { dateTime, uuid } from './common.ts';

export const transactionView = z
  .object({
    id: uuid,
    organizationId: uuid,
    siteId: uuid,
    stationId: z.string(),
    evseId: z.int().nullable(),
    connectorId: z.int().nullable(),
    stationTransactionId: z.string().nullable().meta({
      description: 'As the station calls it; null when it gave no name, or one too long to be kept.',
    }),
    idToken: z.string().nullable(),
    authorizationStatus: z.string().nullable(),
    status: z.enum(['active', 'ended']),
    timeZone: z.string(),
    startedAt: dateTime,
    endedAt: dateTime.nullable(),
    pluggedInAt: dateTime.nullable(),
    authorizedAt: dateTime.nullable(),
    energyStartedAt: dateTime.nullable(),
    energyEndedAt: dateTime.nullable(),
    unpluggedAt: dateTime.nullable(),
    chargingState: z.string().nullable(),
    parallelGroup: z.string().nullable().meta({
      description:
        'The same for the transactions of several EVSEs that feed one vehicle; null for one that charges alone.',
    }),
    energyWh: z.number().nullable().meta({
      description: 'So far, while active; null when it has ended and nothing tells it (`energy-unknown`).',
    }),
    billableEnergyWh: z.number().nullable().meta({
      description: 'With the loss of the line, where the station adds it; null while active or held.',
    }),
    cost: z
      .object({
        amount: z.string(),
        currency: z.string(),
        asOf: dateTime.meta({ description: 'Up to when the charge was priced.' }),
        isFinal: z.boolean().meta({ description: 'Of the settled charge.' }),
      })
      .nullable()
      .meta({ description: 'What the driver pays, tax included, as far as it is known by now.' }),
    remaining: z
      .object({ amount: z.string(), currency: z.string() })
      .nullable()
      .meta({ description: 'What a prepaid driver had left for this charge then; null when nothing limits it.' }),
    meterStartWh: z.number().nullable(),
    meterStopWh: z.number().nullable(),
    stopReason: z.string().nullable(),
    flags: z.array(z.string()).meta({ description: 'What was odd.' }),
    holds: z.array(z.string()).meta({ description: 'Why it may not be billed without a look by a person.' }),
  })
  .meta({ id: 'Transaction' }) satisfies z.ZodType<TransactionView>;

export const meterValueView = z
  .object({
    timestamp: dateTime,
    measurand: z.string(),
    phase: z.string().nullable(),
    location: z.string().nullable(),
    context: z.string().nullable(),
    format: z.string().nullable(),
    value: z
      .union([z.number(), z.string()])
      .meta({ description: 'Text when a JSON number would not hold it exactly.' }),
    unit: z.string().nullable(),
    conflicting: z
      .literal(true)
      .optional()
      .meta({ description: 'The same sample was reported with other values, too, which are in the list as well.' }),
  })
  .meta({ id: 'MeterValue' }) satisfies z.ZodType<MeterValueView>;

export const transactionEventView = z
  .object({
    number: z.int().meta({ description: 'As the station counts what it reports about the transaction.' }),
    type: z.enum(['started', 'updated', 'ended']),
    trigger: z.string().nullable(),
    chargingState: z.string().nullable(),
    offline: z.boolean().nullable(),
    timestamp: dateTime,
    receivedAt: dateTime,
  })
  .meta({ id: 'TransactionEvent' }) satisfies z.ZodType<TransactionEventView>;

const lossAdjustedEnergyWh = z.number().nullable().meta({
  description: 'With the loss of the line; null when the station does not tell it.',
});

export const stationBillView = z
  .object({
    receivedAt: dateTime,
    energyWh: z.number(),
    lossAdjustedEnergyWh,
    amount: z.object({ amount: z.string(), currency: z.string() }),
    periods: z
      .array(
        z.object({
          name: z.string(),
          pricePerKwh: z.string(),
          energyWh: z.number(),
          lossAdjustedEnergyWh,
          amount: z.string(),
        }),
      )
      .meta({ description: 'By price.' }),
    details: z
      .record(z.string(), z.union([z.string(), z.number(), z.null()]))
      .meta({ description: 'What else the station tells with it, in its own words.' }),
    conflicting: z.literal(true).optional().meta({ description: 'Another bill than the first one, which counts.' }),
  })
  .meta({ id: 'StationBill' }) satisfies z.ZodType<StationBillView>;
