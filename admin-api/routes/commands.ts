import { COMMAND_ACTIONS, type CommandClass } from '@voltpile/csms/contract/commands';
import type { CommandsPort, StationsPort } from '@voltpile/csms/contract/operator-ports';
import { defineRoute, type Route } from '../http/route.ts';
import type { Caller } from '../identity/caller.ts';
import type { Permission } from '../identity/permissions.ts';
import { commandInput, commandView } from '../schemas/command.ts';
import { pageOf, pageQuery, uuidParams } from '../schemas/common.ts';
import { stationParams } from '../schemas/station.ts';
import { commandGiven, commandGivenResponses } from './command-given.ts';

const tag = 'commands';

const CLASS_PERMISSIONS: readonly [CommandClass, Permission][] = [
  ['operate', 'station.operate'],
  ['configure', 'station.configure'],
  ['raw-call', 'station.raw-call'],
];

/** The classes of commands that the caller may give. */
function allowedClasses({ permissions }: Caller): CommandClass[] {
  return CLASS_PERMISSIONS.filter(([, permission]) => permissions.has(permission)).map(([name]) => name);
}

export function commandRoutes(commands: CommandsPort, stations: StationsPort): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/stations/{id}/commands',
      operationId: 'submitCommand',
      tag,
      summary: 'Give a station a command',
      description:
        'Answers at once with the pending command; its status changes when the station has answered or the time is up. Commands that ' +
        'change how a station behaves need `station.configure`, actions without a neutral twin `station.raw-call`.',
      permission: 'station.operate',
      params: stationParams,
      body: commandInput,
      responses: commandGivenResponses,
      handle: async ({ caller, params, body }) => {
        const request = { ...body, requestedBy: caller.email };
        const command = await commands.submit(caller.scope, params.id, request, allowedClasses(caller));
        const neutral = (COMMAND_ACTIONS as readonly string[]).includes(command.action);
        // What was asked for in the station's own words is logged as such, also where the domain found a neutral twin.
        return commandGiven(params.id, command, neutral ? 'station.command' : 'station.raw-call');
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/stations/{id}/commands',
      operationId: 'listStationCommands',
      tag,
      summary: 'Commands given to a station, newest first',
      permission: 'station.read',
      params: stationParams,
      query: pageQuery,
      responses: { 200: { description: 'A page.', schema: pageOf(commandView) } },
      handle: async ({ caller, params, query }) => {
        // A list does not know an unknown station from one without commands.
        await stations.get(caller.scope, params.id);
        return { status: 200, json: await commands.list(caller.scope, { stationId: params.id }, query) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/commands/{id}',
      operationId: 'getCommand',
      tag,
      summary: 'Get a command with the station’s answer',
      permission: 'station.read',
      params: uuidParams,
      responses: { 200: { description: 'The command.', schema: commandView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await commands.get(caller.scope, params.id) }),
    }),
  ];
}
