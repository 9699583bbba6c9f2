import { COMMAND_PAYLOADS } from '@voltpile/csms/contract/commands';
import type {
  DeviceEventView,
  DeviceMonitorView,
  DeviceReportView,
  DeviceVariableView,
} from '@voltpile/csms/contract/device-model-port';
import * as z from 'zod';
import { dateTime, flag, pageQuery, text, uuid } from './common.ts';

const component = z
  .object({
    name: z.string(),
    instance: z.string().nullable(),
    evseId: z.int().nullable(),
    connectorId: z.int().nullable(),
  })
  .meta({
    id: 'DeviceComponent',
    description: 'Stations that have keys only (OCPP 1.6) have one component, `Configuration`.',
  });

const variable = z.object({ name: z.string(), instance: z.string().nullable() }).meta({ id: 'DeviceVariableName' });

const attribute = z
  .object({
    type: z.string().meta({ description: 'Actual, Target, MinSet or MaxSet.' }),
    value: z.string().nullable().meta({ description: 'null: the station does not tell it. `***`: a secret.' }),
    valueCut: z.boolean().meta({ description: 'The value was longer than is kept.' }),
    mutability: z.string().nullable().meta({ description: 'ReadOnly, WriteOnly or ReadWrite.' }),
    persistent: z.boolean().nullable(),
    constant: z.boolean().nullable(),
    rebootRequired: z.boolean().meta({ description: '`wantedValue` is in effect after the next restart.' }),
    wantedValue: z.string().nullable(),
    valueAt: dateTime.nullable().meta({ description: 'As of when the value is.' }),
    reportedAt: dateTime,
  })
  .meta({ id: 'DeviceAttribute' });

const characteristics = z
  .object({
    dataType: z.string().nullable(),
    unit: z.string().nullable(),
    minLimit: z.string().nullable(),
    maxLimit: z.string().nullable(),
    valuesList: z.string().nullable(),
    supportsMonitoring: z.boolean().nullable(),
  })
  .meta({ id: 'DeviceCharacteristics' });

const monitor = {
  id: z.int(),
  type: z.string(),
  value: z.string().meta({ description: 'Decimal text.' }),
  severity: z.int().nullable(),
  transaction: z.boolean().meta({ description: 'Only while a transaction runs.' }),
  reportedAt: dateTime,
  goneAt: dateTime.nullable().meta({ description: 'Since when the station has it no more.' }),
};

export const deviceVariableView = z
  .object({
    component,
    variable,
    attributes: z.array(attribute),
    characteristics: characteristics.nullable(),
    monitors: z.array(z.object(monitor).meta({ id: 'VariableMonitor' })),
    reportedAt: dateTime,
    goneAt: dateTime.nullable().meta({ description: 'Since when the station knows it no more.' }),
    flags: z.array(z.string()),
  })
  .meta({ id: 'DeviceVariable' }) satisfies z.ZodType<DeviceVariableView>;

export const deviceMonitorView = z
  .object({ component, variable, ...monitor })
  .meta({ id: 'DeviceMonitor' }) satisfies z.ZodType<DeviceMonitorView>;

export const deviceReportView = z
  .object({
    id: uuid,
    kind: z.enum(['device', 'monitoring']),
    requestId: z.int().nullable(),
    status: z.enum(['requested', 'receiving', 'complete', 'refused', 'timed-out']),
    base: z.string().nullable().meta({ description: 'FullInventory, ConfigurationInventory or SummaryInventory.' }),
    commandId: uuid.nullable(),
    partsReceived: z.int(),
    partsExpected: z.int().nullable().meta({ description: 'Known when the last part has come.' }),
    itemsReceived: z.int().meta({ description: 'Variables or monitors in all parts together.' }),
    generatedAt: dateTime.nullable().meta({ description: 'By the station’s clock.' }),
    requestedAt: dateTime.nullable(),
    firstPartAt: dateTime.nullable(),
    lastPartAt: dateTime.nullable(),
    finishedAt: dateTime.nullable(),
    flags: z.array(z.string()),
  })
  .meta({ id: 'DeviceReport' }) satisfies z.ZodType<DeviceReportView>;

export const deviceEventView = z
  .object({
    id: uuid,
    eventId: z.int().nullable().meta({ description: 'The station’s number of it; begins anew after a restart.' }),
    component,
    variable,
    trigger: z.string(),
    notificationType: z.string(),
    actualValue: z.string(),
    monitorId: z.int().nullable().meta({ description: 'null for what is wired into the station.' }),
    cause: z.int().nullable().meta({ description: '`eventId` of the event that caused it.' }),
    techCode: z.string().nullable(),
    techInfo: z.string().nullable(),
    cleared: z.boolean().nullable(),
    stationTransactionId: z.string().nullable(),
    occurredAt: dateTime.meta({ description: 'As the station claimed.' }),
    effectiveAt: dateTime.meta({ description: 'As far as that is believed.' }),
    receivedAt: dateTime,
    flags: z.array(z.string()),
  })
  .meta({ id: 'DeviceEvent' }) satisfies z.ZodType<DeviceEventView>;

const name = text(1, 100);
const number = z.coerce.number().int().min(0).max(2_147_483_647);

export const deviceVariableQuery = pageQuery.extend({
  component: name.optional().meta({ description: 'Names are compared without regard to case.' }),
  componentInstance: name.optional(),
  evseId: number.optional(),
  connectorId: number.optional(),
  variable: name.optional(),
  variableInstance: name.optional(),
  search: text(1, 128).optional().meta({ description: 'A name, an instance or a value contains this text.' }),
  mutability: z.enum(['ReadOnly', 'WriteOnly', 'ReadWrite']).optional(),
  rebootRequired: flag.optional().meta({ description: 'Whether a value waits for a restart.' }),
  problem: flag.optional().meta({ description: 'Whether the component tells that it has a problem.' }),
  gone: flag.optional().meta({ description: '`true`: what the station knows no more, in place of what it knows.' }),
});

export const deviceMonitorQuery = pageQuery.extend({
  gone: flag.optional().meta({ description: '`true`: what the station has no more, in place of what it has.' }),
});

export const deviceReportQuery = pageQuery.extend({ requestId: number.optional() });

export const deviceEventQuery = pageQuery.extend({ component: name.optional(), variable: name.optional() });

const timeoutSeconds = z.int().min(1).max(600).optional();

export const variablesChange = z
  .strictObject({ variables: COMMAND_PAYLOADS['set-variables'].shape.variables, timeoutSeconds })
  .meta({ id: 'VariablesChange' });

export const variablesRefresh = z
  .strictObject({
    variables: COMMAND_PAYLOADS['get-variables'].shape.variables.meta({ description: 'Absent: all of them.' }),
    reportBase: COMMAND_PAYLOADS['get-base-report'].shape.reportBase.optional().meta({
      description: 'For stations that report; the default is FullInventory.',
    }),
    timeoutSeconds,
  })
  .default({})
  .meta({ id: 'VariablesRefresh' });
