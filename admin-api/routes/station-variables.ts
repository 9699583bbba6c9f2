import type { DeviceModelPort } from '@voltpile/csms/contract/device-model-port';
import type { CommandsPort } from '@voltpile/csms/contract/operator-ports';
import { defineRoute, type Route } from '../http/route.ts';
import { pageOf } from '../schemas/common.ts';
import {
  deviceEventQuery,
  deviceEventView,
  deviceMonitorQuery,
  deviceMonitorView,
  deviceReportQuery,
  deviceReportView,
  deviceVariableQuery,
  deviceVariableView,
  variablesChange,
  variablesRefresh,
} from '../schemas/device-model.ts';
import { stationParams } from '../schemas/station.ts';
import { commandGiven, commandGivenResponses } from './command-given.ts';

const tag = 'device model';

export function stationVariableRoutes(deviceModel: DeviceModelPort, commands: CommandsPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/stations/{id}/variables',
      operationId: 'listStationVariables',
      tag,
      summary: 'Search what a station is made of',
      description:
        'Components and variables as the station last told them, in the order of their names. Empty until the station has reported: ' +
        'see `POST /api/v1/stations/{id}/variables/refresh`.',
      permission: 'configuration.read',
      params: stationParams,
      query: deviceVariableQuery,
      responses: { 200: { description: 'A page.', schema: pageOf(deviceVariableView) } },
      handle: async ({ caller, params, query }) => {
        const { limit, cursor, ...filter } = query;
        const json = await deviceModel.variables(caller.scope, params.id, filter, { limit, cursor });
        return { status: 200, json };
      },
    }),
    defineRoute({
      method: 'patch',
      path: '/api/v1/stations/{id}/variables',
      operationId: 'setStationVariables',
      tag,
      summary: 'Set variables of a station',
      description:
        'Answers at once with the pending command `set-variables`, whose response has an answer for each variable. One that the station ' +
        'takes only after a restart is shown with `rebootRequired` until then.',
      permission: 'station.configure',
      params: stationParams,
      body: variablesChange,
      responses: commandGivenResponses,
      handle: async ({ caller, params, body }) => {
        const { variables, timeoutSeconds } = body;
        const request = {
          action: 'set-variables',
          payload: { variables },
          timeoutSeconds,
          requestedBy: caller.email,
        };
        return commandGiven(params.id, await commands.submit(caller.scope, params.id, request, ['configure']));
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/stations/{id}/variables/refresh',
      operationId: 'refreshStationVariables',
      tag,
      summary: 'Ask a station for its variables',
      description:
        'Without a body all of them are asked for: by a base report where the station can make one (its parts come after the answer, see ' +
        '`GET /api/v1/stations/{id}/device-reports`), otherwise by reading its configuration. Answers at once with the pending command.',
      permission: 'station.operate',
      params: stationParams,
      body: variablesRefresh,
      responses: commandGivenResponses,
      handle: async ({ caller, params, body }) => {
        const request = { ...body, requestedBy: caller.email };
        return commandGiven(params.id, await deviceModel.refresh(caller.scope, params.id, request, ['operate']));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/stations/{id}/device-reports',
      operationId: 'listStationDeviceReports',
      tag,
      summary: 'How far the reports of a station have come, newest first',
      permission: 'configuration.read',
      params: stationParams,
      query: deviceReportQuery,
      responses: { 200: { description: 'A page.', schema: pageOf(deviceReportView) } },
      handle: async ({ caller, params, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await deviceModel.reports(caller.scope, params.id, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/stations/{id}/monitors',
      operationId: 'listStationMonitors',
      tag,
      summary: 'Monitors that are set in a station, by id',
      permission: 'configuration.read',
      params: stationParams,
      query: deviceMonitorQuery,
      responses: { 200: { description: 'A page.', schema: pageOf(deviceMonitorView) } },
      handle: async ({ caller, params, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await deviceModel.monitors(caller.scope, params.id, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/stations/{id}/device-events',
      operationId: 'listStationDeviceEvents',
      tag,
      summary: 'What a station told of its variables, newest first',
      description: 'In the order of arrival.',
      permission: 'station.read',
      params: stationParams,
      query: deviceEventQuery,
      responses: { 200: { description: 'A page.', schema: pageOf(deviceEventView) } },
      handle: async ({ caller, params, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await deviceModel.events(caller.scope, params.id, filter, { limit, cursor }) };
      },
    }),
  ];
}
