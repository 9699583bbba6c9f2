import type { LocalListsPort } from '@voltpile/csms/contract/local-lists-port';
import { defineRoute, type Route } from '../http/route.ts';
import { pageOf, pageQuery } from '../schemas/common.ts';
import {
  localListChange,
  localListEntry,
  localListSync,
  localListSyncInput,
  localListView,
} from '../schemas/local-list.ts';
import { stationParams } from '../schemas/station.ts';

const tag = 'local lists';

export function localListRoutes(localLists: LocalListsPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/stations/{id}/local-list',
      operationId: 'getLocalList',
      tag,
      summary: 'The local list of a station: what it should hold, and what it has confirmed',
      permission: 'station.read',
      params: stationParams,
      responses: { 200: { description: 'The list.', schema: localListView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await localLists.get(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'put',
      path: '/api/v1/stations/{id}/local-list',
      operationId: 'setLocalListPolicy',
      tag,
      summary: 'Give a station a policy of its own',
      description: 'Lists are sent by themselves from then on, when the station is connected.',
      permission: 'station.configure',
      params: stationParams,
      body: localListChange,
      responses: { 200: { description: 'The list as it is now.', schema: localListView } },
      handle: async ({ caller, params, body }) => {
        const before = await localLists.get(caller.scope, params.id);
        const after = await localLists.setPolicy(caller.scope, params.id, body.policy);
        return {
          status: 200,
          json: after,
          audit: {
            action: 'local-list.update',
            objectType: 'station',
            objectId: params.id,
            before: { policy: before.policy, policySource: before.policySource },
            after: { policy: after.policy, policySource: after.policySource },
          },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/stations/{id}/local-list/entries',
      operationId: 'listLocalListEntries',
      tag,
      summary: 'What the station has confirmed to hold',
      permission: 'station.read',
      params: stationParams,
      query: pageQuery,
      responses: { 200: { description: 'A page.', schema: pageOf(localListEntry) } },
      handle: async ({ caller, params, query }) => ({
        status: 200,
        json: await localLists.entries(caller.scope, params.id, query),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/stations/{id}/local-list/sync',
      operationId: 'syncLocalList',
      tag,
      summary: 'Bring a station’s local list in step now',
      description:
        'Works out what has to be sent and gives the command. A long list, and one whose version has to be asked for first, take several ' +
        'commands, which follow by themselves; while the station is offline they wait.',
      permission: 'station.configure',
      params: stationParams,
      body: localListSyncInput,
      responses: { 202: { description: 'Begun, or nothing had to be done.', schema: localListSync } },
      handle: async ({ caller, params, body }) => {
        const begun = await localLists.sync(caller.scope, params.id, { ...body, requestedBy: caller.email });
        return {
          status: 202,
          json: begun,
          audit: {
            action: 'local-list.sync',
            objectType: 'station',
            objectId: params.id,
            after: { mode: body.mode ?? null, commandId: begun.commandId },
          },
        };
      },
    }),
  ];
}
