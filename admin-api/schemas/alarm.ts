import {
  ALARM_NOTE_KINDS,
  ALARM_SEVERITIES,
  ALARM_STATUSES,
  type AlarmKindView,
  type AlarmNoteView,
  type AlarmView,
} from '@voltpile/operations/contract/alarms';
import * as z from 'zod';
import { dateTime, flag, text, uuid } from './common.ts';
import { stationId } from './station.ts';

const severity = z.enum(ALARM_SEVERITIES);

export const alarmKindView = z
  .object({ code: z.string(), severity, title: z.string(), description: z.string() })
  .meta({ id: 'AlarmKind' }) satisfies z.ZodType<AlarmKindView>;

export const alarmView = z
  .object({
    id: uuid,
    organizationId: uuid,
    siteId: uuid,
    stationId: z.string(),
    evseId: z.int().nullable().meta({ description: 'null: about the station as a whole.' }),
    connectorId: z.int().nullable(),
    code: z.string(),
    severity,
    title: z.string(),
    status: z.enum(ALARM_STATUSES),
    isPresent: z.boolean().meta({ description: 'What it is about is so, though somebody may have cleared it.' }),
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
    raisedAt: dateTime,
    lastRaisedAt: dateTime.meta({ description: 'What begins again within an hour is the same alarm.' }),
    occurrences: z.int().meta({ description: 'How often it has begun.' }),
    clearedAt: dateTime.nullable(),
    acknowledgedAt: dateTime.nullable(),
    acknowledgedBy: z.string().nullable(),
    assignedTo: z.string().nullable(),
  })
  .meta({ id: 'Alarm' }) satisfies z.ZodType<AlarmView>;

export const alarmNoteView = z
  .object({
    id: uuid,
    at: dateTime,
    kind: z.enum(ALARM_NOTE_KINDS),
    by: z.string().nullable().meta({ description: 'null: it happened by itself.' }),
    text: z.string().nullable(),
  })
  .meta({ id: 'AlarmNote' }) satisfies z.ZodType<AlarmNoteView>;

export const alarmFilter = {
  siteId: uuid.optional(),
  stationId: stationId.optional(),
  status: z.enum(ALARM_STATUSES).optional(),
  severity: severity.optional(),
  code: text(1, 100).optional(),
  acknowledged: flag.optional(),
  assignedTo: text(1, 254).optional(),
};

const words = text(1, 2000).refine((given) => given.trim() !== '', 'must say something');
export const alarmAcknowledgement = z.strictObject({ text: words.optional() });
export const alarmClearing = z.strictObject({ text: words.meta({ description: 'Why.' }) });
export const alarmAssignment = z.strictObject({
  assignedTo: z.email().max(254).nullable().meta({ description: 'E-mail address; null: nobody any more.' }),
  text: words.optional(),
});
export const newAlarmNote = z.strictObject({ text: words });
