import type { Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import type { StationsPort } from '@voltpile/csms/contract/operator-ports';
import type { LoggedMessageView, MessageLogPort } from '@voltpile/operations/contract/message-log';
import * as z from 'zod';
import { NDJSON, streamLines } from '../http/line-stream.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { pageOf, pageQuery, text } from '../schemas/common.ts';
import { loggedMessageView, messageLogChange, messageLogFilter, messageLogSetting } from '../schemas/message-log.ts';
import { stationParams } from '../schemas/station.ts';

const tag = 'message log';
const EXPORT_PAGE = 200;
const MAX_EXPORTED = 100_000;

export function messageLogRoutes(messageLog: MessageLogPort, stations: StationsPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/message-log',
      operationId: 'listLoggedMessages',
      tag,
      summary: 'Messages of stations with their answers, newest first',
      description:
        'For people who look for a fault: what is logged depends on each station’s level, and under overload messages are left out (`droppedSinceStart`). A page may hold fewer items than asked for, because its size is limited. A search through too much is given up with 409.',
      permission: 'message-log.read',
      query: pageQuery.extend(messageLogFilter),
      responses: { 200: { description: 'A page.', schema: pageOf(loggedMessageView) } },
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await messageLog.list(caller.scope, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/message-log/export',
      operationId: 'exportLoggedMessages',
      tag,
      summary: 'The same as lines of JSON',
      description: `One JSON object a line, newest first. Where \`limit\` has cut it off, the last line is \`{"nextCursor": …}\`, with which it can be
continued. Without its last line break it was cut off on the way.`,
      permission: 'message-log.read',
      query: z.strictObject({
        limit: z.coerce
          .number()
          .int()
          .min(1)
          .max(MAX_EXPORTED)
          .default(MAX_EXPORTED)
          .meta({ description: 'How many messages at most.' }),
        cursor: text(1, 1000).optional().meta({ description: 'Where an earlier export, or a page, ended.' }),
        ...messageLogFilter,
      }),
      responses: { 200: { description: 'Lines.', contentType: NDJSON, schema: z.string() } },
      handle: async ({ caller, query }) => ({
        send: (request, response) => {
          response.setHeader('Content-Disposition', 'attachment; filename="message-log.ndjson"');
          const { limit, cursor, ...filter } = query;
          const read = (page: PageRequest) => messageLog.list(caller.scope, filter, page);
          return streamLines(exported(read, limit, cursor), request, response);
        },
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/stations/{id}/message-log',
      operationId: 'getStationMessageLog',
      tag,
      summary: 'What is logged of a station',
      permission: 'message-log.read',
      params: stationParams,
      responses: { 200: { description: 'The setting.', schema: messageLogSetting } },
      handle: async ({ caller, params }) => {
        await stations.get(caller.scope, params.id);
        return { status: 200, json: await messageLog.setting(params.id) };
      },
    }),
    defineRoute({
      method: 'patch',
      path: '/api/v1/stations/{id}/message-log',
      operationId: 'setStationMessageLog',
      tag,
      summary: 'Change what is logged of a station',
      description: 'In effect at once; on other nodes within seconds.',
      permission: 'station.configure',
      params: stationParams,
      body: messageLogChange,
      responses: { 200: { description: 'The setting as it is now.', schema: messageLogSetting } },
      handle: async ({ caller, params, body }) => {
        await stations.get(caller.scope, params.id);
        const before = await messageLog.setting(params.id);
        const after = await messageLog.set(params.id, body.level);
        return {
          status: 200,
          json: after,
          audit: { action: 'station.message-log', objectType: 'station', objectId: params.id, before, after },
        };
      },
    }),
  ];
}

/** Page after page until the limit, and where to go on when there is more. */
async function* exported(
  read: (page: PageRequest) => Promise<Page<LoggedMessageView>>,
  limit: number,
  cursor: string | undefined,
): AsyncGenerator<readonly unknown[]> {
  let after = cursor;
  let left = limit;
  do {
    const page = await read({ limit: Math.min(left, EXPORT_PAGE), cursor: after });
    left -= page.items.length;
    after = page.nextCursor ?? undefined;
    yield page.items;
  } while (left > 0 && after !== undefined);
  if (after !== undefined) yield [{ nextCursor: after }];
}
