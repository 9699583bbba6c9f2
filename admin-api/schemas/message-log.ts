import {
  LOG_DIRECTIONS,
  LOG_LEVELS,
  LOG_OUTCOMES,
  type LoggedMessageView,
  type MessageLogSetting,
} from '@voltpile/operations/contract/message-log';
import * as z from 'zod';
import { dateTime, text, uuid } from './common.ts';
import { stationId } from './station.ts';

export const loggedMessageView = z
  .object({
    id: uuid,
    stationId: z.string(),
    organizationId: uuid,
    siteId: uuid,
    protocol: z.string(),
    direction: z.enum(LOG_DIRECTIONS),
    action: z.string().nullable().meta({ description: 'null for a frame that could not be read.' }),
    messageId: z.string().nullable(),
    outcome: z.enum(LOG_OUTCOMES),
    errorCode: z.string().nullable(),
    requestedAt: dateTime,
    latencyMs: z.int().nullable(),
    request: z.string().meta({ description: 'The frame. Secrets are masked, a long one is cut.' }),
    response: z.string().nullable(),
    requestBytes: z.int(),
    responseBytes: z.int().nullable(),
    truncated: z.boolean().meta({ description: 'A frame was longer than what is kept of it.' }),
    oddities: z.array(z.string()).meta({ description: 'What was odd though it passed, or wrong with a frame.' }),
  })
  .meta({ id: 'LoggedMessage' }) satisfies z.ZodType<LoggedMessageView>;

/** Filters of the list and of the export. */
export const messageLogFilter = {
  stationId: stationId.optional(),
  action: text(1, 100).optional(),
  direction: z.enum(LOG_DIRECTIONS).optional(),
  outcome: z.enum(LOG_OUTCOMES).optional(),
  messageId: text(1, 255).optional(),
  search: text(1, 200).optional().meta({ description: 'Request or answer contains this text.' }),
  from: dateTime.optional().meta({ description: 'At this time or later.' }),
  to: dateTime.optional().meta({ description: 'Before this time.' }),
};

export const messageLogSetting = z
  .object({
    stationId: z.string(),
    level: z.enum(LOG_LEVELS),
    isDefault: z.boolean().meta({ description: 'The server’s default, because the station has none of its own.' }),
    droppedSinceStart: z.int().meta({ description: 'Messages of all stations that were too many to be logged.' }),
  })
  .meta({ id: 'MessageLogSetting' }) satisfies z.ZodType<MessageLogSetting>;

export const messageLogChange = z
  .strictObject({ level: z.enum(LOG_LEVELS).nullable().meta({ description: 'null: the server’s default again.' }) })
  .meta({ id: 'MessageLogChange' });
