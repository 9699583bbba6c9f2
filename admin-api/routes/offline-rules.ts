import type { OfflineRulesPort } from '@voltpile/csms/contract/offline-rules-port';
import { defineRoute, type Route } from '../http/route.ts';
import { offlineRulesView } from '../schemas/offline-rules.ts';
import { stationParams } from '../schemas/station.ts';
import { commandGivenResponses } from './command-given.ts';

const tag = 'offline rules';

export function offlineRulesRoutes(offlineRules: OfflineRulesPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/stations/{id}/offline-rules',
      operationId: 'getOfflineRules',
      tag,
      summary: 'What a station may do without connection, and how it would be told',
      permission: 'station.read',
      params: stationParams,
      responses: { 200: { description: 'The rules.', schema: offlineRulesView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await offlineRules.get(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/stations/{id}/offline-rules/apply',
      operationId: 'applyOfflineRules',
      tag,
      summary: 'Tell a station the rules of its site',
      description: 'Gives a `set-variables` command with the rules that are set.',
      permission: 'station.configure',
      params: stationParams,
      responses: commandGivenResponses,
      handle: async ({ caller, params }) => {
        const command = await offlineRules.apply(caller.scope, params.id, { requestedBy: caller.email });
        return {
          status: 202,
          json: command,
          headers: { Location: `/api/v1/commands/${command.id}` },
          audit: {
            action: 'offline-rules.apply',
            objectType: 'station',
            objectId: params.id,
            after: { commandId: command.id, payload: command.payload },
          },
        };
      },
    }),
  ];
}
