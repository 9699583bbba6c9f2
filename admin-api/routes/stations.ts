import type { StationsPort } from '@voltpile/csms/contract/operator-ports';
import { defineRoute, type Route } from '../http/route.ts';
import { requirePermission } from '../identity/caller.ts';
import { flag, pageOf, pageQuery, text, uuid } from '../schemas/common.ts';
import {
  connectorStatusChange,
  registeredStation,
  registrationStatus,
  stationChange,
  stationInput,
  stationParams,
  stationView,
} from '../schemas/station.ts';

const tag = 'stations';

export function stationRoutes(stations: StationsPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/stations',
      operationId: 'listStations',
      tag,
      summary: 'List stations',
      permission: 'station.read',
      query: pageQuery.extend({
        siteId: uuid.optional(),
        registrationStatus: registrationStatus.optional(),
        online: flag.optional(),
        search: text(1, 128).optional().meta({ description: 'The id contains this text, without regard to case.' }),
      }),
      responses: { 200: { description: 'A page.', schema: pageOf(stationView) } },
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await stations.list(caller.scope, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/stations',
      operationId: 'registerStation',
      tag,
      summary: 'Register a station',
      description: 'Without a password one is made up; it is in this answer and nowhere else.',
      permission: 'station.write',
      body: stationInput,
      responses: {
        201: { description: 'Registered.', schema: registeredStation, headers: { Location: 'Where the station is.' } },
      },
      handle: async ({ caller, body }) => {
        if (body.registrationStatus !== undefined) requirePermission(caller, 'station.approve');
        const made = await stations.register(caller.scope, body);
        return {
          status: 201,
          json: made,
          headers: { Location: `/api/v1/stations/${encodeURIComponent(made.id)}` },
          audit: { action: 'station.create', objectType: 'station', objectId: made.id, after: made },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/stations/{id}',
      operationId: 'getStation',
      tag,
      summary: 'Get a station',
      permission: 'station.read',
      params: stationParams,
      responses: { 200: { description: 'The station.', schema: stationView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await stations.get(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'patch',
      path: '/api/v1/stations/{id}',
      operationId: 'updateStation',
      tag,
      summary: 'Change a station',
      permission: 'station.write',
      params: stationParams,
      body: stationChange,
      responses: { 200: { description: 'The station as it is now.', schema: stationView } },
      handle: async ({ caller, params, body }) => {
        if (body.registrationStatus !== undefined) requirePermission(caller, 'station.approve');
        const before = await stations.get(caller.scope, params.id);
        const after = await stations.update(caller.scope, params.id, body);
        // A changed password shows in no view: the log says that there was one.
        const passwordChanged = body.password === undefined ? {} : { passwordChanged: true };
        return {
          status: 200,
          json: after,
          audit: {
            action: 'station.update',
            objectType: 'station',
            objectId: params.id,
            before,
            after: { ...after, ...passwordChanged },
          },
        };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/stations/{id}',
      operationId: 'removeStation',
      tag,
      summary: 'Remove a station',
      description: 'Its transactions stay.',
      permission: 'station.write',
      params: stationParams,
      responses: { 204: { description: 'Removed.' } },
      handle: async ({ caller, params }) => {
        const before = await stations.get(caller.scope, params.id);
        await stations.remove(caller.scope, params.id);
        return {
          status: 204,
          audit: { action: 'station.delete', objectType: 'station', objectId: params.id, before },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/stations/{id}/status-history',
      operationId: 'listStationStatusHistory',
      tag,
      summary: 'What the connectors reported, newest first',
      permission: 'station.read',
      params: stationParams,
      query: pageQuery,
      responses: { 200: { description: 'A page.', schema: pageOf(connectorStatusChange) } },
      handle: async ({ caller, params, query }) => ({
        status: 200,
        json: await stations.statusHistory(caller.scope, params.id, query),
      }),
    }),
  ];
}
