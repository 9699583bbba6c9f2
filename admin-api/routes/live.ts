import type { LivePort } from '@voltpile/operations/contract/live';
import { defineRoute, type Route } from '../http/route.ts';
import { pageOf, pageQuery } from '../schemas/common.ts';
import { fleetView, liveFilter, liveStationView, siteRollUpView } from '../schemas/live.ts';
import { stationParams } from '../schemas/station.ts';

const tag = 'live';

export function liveRoutes(live: LivePort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/live/stations',
      operationId: 'listLiveStations',
      tag,
      summary: 'What stations are at',
      description:
        'One picture for each station, in the same words for all protocols, made from what it has told: a moment behind. Ordered by identity.',
      permission: 'station.read',
      query: pageQuery.extend(liveFilter),
      responses: { 200: { description: 'A page.', schema: pageOf(liveStationView) } },
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await live.stations(caller.scope, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/live/stations/{id}',
      operationId: 'getLiveStation',
      tag,
      summary: 'What a station is at',
      permission: 'station.read',
      params: stationParams,
      responses: { 200: { description: 'The picture.', schema: liveStationView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await live.station(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/live/sites',
      operationId: 'listSiteRollUps',
      tag,
      summary: 'Sites in figures',
      permission: 'report.read',
      query: pageQuery,
      responses: { 200: { description: 'A page.', schema: pageOf(siteRollUpView) } },
      handle: async ({ caller, query }) => ({ status: 200, json: await live.sites(caller.scope, query) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/live/fleet',
      operationId: 'getFleet',
      tag,
      summary: 'All stations in figures',
      description: 'All that the caller may see, together.',
      permission: 'report.read',
      responses: { 200: { description: 'The figures.', schema: fleetView } },
      handle: async ({ caller }) => ({ status: 200, json: await live.fleet(caller.scope) }),
    }),
  ];
}
