import { DOMAIN_EVENT_TYPES, type DomainEventType } from '@voltpile/csms/contract/events';
import * as z from 'zod';
import type { EventStreams } from '../http/event-streams.ts';
import { badRequest } from '../http/problem.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { stationId } from '../schemas/station.ts';

/** Ids are 64-bit numbers as decimal text. */
const EVENT_ID = /^\d{1,19}$/;

const types = z
  .string()
  .max(1000)
  .transform((list, context) => {
    const names = list.split(',');
    const known: readonly string[] = DOMAIN_EVENT_TYPES;
    for (const name of names) {
      if (!known.includes(name))
        context.addIssue({ code: 'custom', message: `There are no events of the type "${name}".` });
    }
    return new Set(names as DomainEventType[]);
  });

export function eventRoutes(streams: EventStreams): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/events',
      operationId: 'streamEvents',
      tag: 'events',
      summary: 'Live events (server-sent events)',
      description:
        '`id` is the event’s id, `event` its type, `data` the event as JSON: `{id, type, recordedAt, organizationId, siteId, stationId, ' +
        'data}`. Resume with `Last-Event-ID`; without it the stream begins with what happens next. `reset` means that the id is ' +
        'older than what is kept: read the lists anew and go on. `end` is the last event of a stream that the server closes, with a ' +
        '`reason`: `token-expired`, `session-ended` and `access-changed` (noticed within 5 s), `shutdown`. At most 10 streams a user.',
      permission: 'event.read',
      query: z.strictObject({
        lastEventId: z
          .string()
          .regex(EVENT_ID)
          .optional()
          .meta({ description: 'For clients that cannot set the header.' }),
        types: types.optional().meta({ description: 'Only these, separated by commas.', override: { type: 'string' } }),
        stationId: stationId.optional(),
      }),
      headers: z.object({ 'Last-Event-ID': z.string().regex(EVENT_ID).optional() }),
      responses: {
        200: { description: 'A stream.', contentType: 'text/event-stream', schema: z.string() },
      },
      handle: async ({ caller, tokenExpiresAt, lastEventId, query }) => {
        if (lastEventId !== undefined && lastEventId !== '' && !EVENT_ID.test(lastEventId)) {
          throw badRequest('events.bad_last_event_id', 'Last-Event-ID must be the id of an event.');
        }
        return {
          send: async (request, response) => {
            if (request.method === 'HEAD') return void response.type('text/event-stream').end();
            // The header is what a reconnecting client keeps up to date; the parameter is where it once began.
            const afterId = lastEventId || query.lastEventId || null;
            const stationId = query.stationId ?? null;
            await streams.stream({ caller, tokenExpiresAt, afterId, types: query.types ?? null, stationId }, response);
          },
        };
      },
    }),
  ];
}
