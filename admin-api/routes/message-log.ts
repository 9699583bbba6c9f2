import { once } from 'node:events';
import type { StationsPort } from '@voltpile/csms/contract/operator-ports';
import type { LoggedMessageView, MessageLogPort } from '@voltpile/operations/contract/message-log';
import * as z from 'zod';
import { defineRoute, type Route } from '../http/route.ts';
import { pageOf, pageQuery } from '../schemas/common.ts';
import { loggedMessageView, messageLogChange, messageLogFilter, messageLogSetting } from '../schemas/message-log.ts';
import { stationParams } from '../schemas/station.ts';

const tag = 'message log';
const NDJSON = 'application/x-ndjson';
const EXPORT_PAGE = 500;
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
        'For people who look for a fault: what is logged depends on each station’s level, and under overload messages are left out.',
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
      description: `One JSON object a line, newest first, at most ${MAX_EXPORTED}; narrow the time to get the rest.`,
      permission: 'message-log.read',
      query: z.strictObject(messageLogFilter),
      responses: { 200: { description: 'Lines.', contentType: NDJSON, schema: z.string() } },
      handle: async ({ caller, query }) => {
        // The first page is read before anything is answered, so that a bad query is a problem document.
        const read = (cursor: string | undefined) =>
          messageLog.list(caller.scope, query, { limit: EXPORT_PAGE, cursor });
        const first = await read(undefined);
        return {
          send: async (request, response) => {
            response.type(NDJSON).setHeader('Content-Disposition', 'attachment; filename="message-log.ndjson"');
            if (request.method === 'HEAD') return void response.end();
            let page = first;
            for (let sent = 0; ; ) {
              const lines = page.items.map((item: LoggedMessageView) => `${JSON.stringify(item)}\n`).join('');
              sent += page.items.length;
              // Waits for a slow reader; one that has left ends the export.
              if (lines !== '' && !response.write(lines)) {
                await Promise.race([once(response, 'drain'), once(response, 'close')]);
              }
              if (page.nextCursor === null || sent >= MAX_EXPORTED || response.destroyed) break;
              page = await read(page.nextCursor);
            }
            response.end();
          },
        };
      },
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
