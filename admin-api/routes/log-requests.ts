import type { FilesPort } from '@voltpile/operations/contract/files';
import { defineRoute, type Route } from '../http/route.ts';
import { pageOf, pageQuery } from '../schemas/common.ts';
import { logRequestInput, logRequestView, startedLogRequest } from '../schemas/file.ts';
import { stationParams } from '../schemas/station.ts';

const tag = 'station files';

export function logRequestRoutes(files: FilesPort): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/stations/{id}/log-requests',
      operationId: 'requestLog',
      tag,
      summary: 'Ask a station for a log',
      description:
        'Gives the station an address on this server to put the file to, good for this request only and for a limited time, and the ' +
        'command to do so: `get-log`, or `get-diagnostics` where its protocol has no other. (Giving those commands directly, with an address ' +
        'of one’s own, needs `station.configure`.)',
      permission: 'station.operate',
      params: stationParams,
      body: logRequestInput,
      responses: {
        202: { description: 'On its way.', schema: startedLogRequest, headers: { Location: 'Where the command is.' } },
      },
      handle: async ({ caller, params, body }) => {
        const started = await files.requestLog(caller.scope, params.id, body, caller.email);
        const { command, request } = started;
        return {
          status: 202,
          json: started,
          headers: { Location: `/api/v1/commands/${command.id}` },
          audit: {
            action: 'station.log-request',
            objectType: 'station',
            objectId: params.id,
            after: { requestId: request.id, logType: request.logType, commandId: command.id },
          },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/stations/{id}/log-requests',
      operationId: 'listLogRequests',
      tag,
      summary: 'Log requests to a station, newest first',
      permission: 'station.read',
      params: stationParams,
      query: pageQuery,
      responses: { 200: { description: 'A page.', schema: pageOf(logRequestView) } },
      handle: async ({ caller, params, query }) => ({
        status: 200,
        json: await files.listLogRequests(caller.scope, params.id, query),
      }),
    }),
  ];
}
