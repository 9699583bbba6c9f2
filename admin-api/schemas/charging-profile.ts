import {
  type ChargingLimitView,
  type ChargingProfileView,
  type CompositeScheduleView,
  PROFILE_CLEAR_REASONS,
  type VehiclePlanView,
} from '@voltpile/csms/contract/charging-profiles-port';
import { COMMAND_PAYLOADS } from '@voltpile/csms/contract/commands';
import * as z from 'zod';
import { dateTime, uuid } from './common.ts';

const ocppObject = z.record(z.string(), z.unknown());

export const chargingProfileView = z
  .object({
    id: uuid,
    stationId: z.string(),
    evseId: z.int().nullable().meta({
      description:
        '0: the station as a whole; null: of a start command that left the choice of the EVSE to the station.',
    }),
    source: z.string().meta({ description: 'Who has set it: `CSO` is this system; others are `EMS`, `SO`, `Other`.' }),
    chargingProfileId: z.int(),
    chargingProfilePurpose: z.string(),
    stackLevel: z.int().nullable(),
    chargingProfile: ocppObject.meta({
      description: 'ChargingProfileType of OCPP 2.0.1, whatever the station speaks.',
    }),
    transactionId: uuid.nullable(),
    setAt: dateTime.nullable().meta({ description: 'When the station accepted it from us.' }),
    reportedAt: dateTime.nullable().meta({ description: 'When the station reported it last.' }),
    clearedAt: dateTime.nullable(),
    clearReason: z.enum(PROFILE_CLEAR_REASONS).nullable(),
  })
  .meta({ id: 'ChargingProfile' }) satisfies z.ZodType<ChargingProfileView>;

export const chargingLimitView = z
  .object({
    id: uuid,
    stationId: z.string(),
    evseId: z.int().nullable().meta({ description: 'null: the station as a whole.' }),
    source: z.string(),
    gridCritical: z.boolean().nullable(),
    schedules: z.array(ocppObject).nullable().meta({ description: 'ChargingScheduleType of OCPP 2.0.1.' }),
    setAt: dateTime,
    reportedAt: dateTime,
    clearedAt: dateTime.nullable().meta({ description: 'null: it holds.' }),
    flags: z.array(z.string()),
  })
  .meta({ id: 'ChargingLimit' }) satisfies z.ZodType<ChargingLimitView>;

export const compositeScheduleView = z
  .object({
    stationId: z.string(),
    evseId: z.int(),
    chargingRateUnit: z.string(),
    schedule: ocppObject.meta({ description: 'CompositeScheduleType of OCPP 2.0.1.' }),
    commandId: uuid.meta({ description: 'The command that asked for it.' }),
    receivedAt: dateTime,
  })
  .meta({ id: 'CompositeSchedule' }) satisfies z.ZodType<CompositeScheduleView>;

export const vehiclePlanView = z
  .object({
    id: uuid,
    stationId: z.string(),
    evseId: z.int(),
    transactionId: uuid.nullable().meta({ description: 'That ran at the EVSE when it was told.' }),
    kind: z.enum(['needs', 'schedule']),
    detail: ocppObject.meta({
      description: '`{maxScheduleTuples, needs}` or `{timeBase, schedule}`, in types of OCPP 2.0.1.',
    }),
    receivedAt: dateTime,
    flags: z.array(z.string()),
  })
  .meta({ id: 'VehiclePlan' }) satisfies z.ZodType<VehiclePlanView>;

export const chargingProfileInput = COMMAND_PAYLOADS['set-charging-profile'].meta({ id: 'ChargingProfileInput' });

const whole = z.coerce.number().int().min(0).max(2_147_483_647);
const { chargingProfilePurpose } = COMMAND_PAYLOADS['clear-charging-profile'].shape;

/** Which profiles are to be cleared: those that match all that is given. */
export const clearQuery = z.strictObject({
  chargingProfileId: whole.optional(),
  evseId: whole.max(1000).optional(),
  chargingProfilePurpose,
  stackLevel: whole.optional(),
});

export const evseQuery = whole.optional();
export const purposeQuery = chargingProfilePurpose;
