import type { ChargingProfilesPort } from '@voltpile/csms/contract/charging-profiles-port';
import * as z from 'zod';
import { defineRoute, type Route } from '../http/route.ts';
import {
  chargingLimitView,
  chargingProfileInput,
  chargingProfileView,
  clearQuery,
  compositeScheduleView,
  evseQuery,
  purposeQuery,
  vehiclePlanView,
} from '../schemas/charging-profile.ts';
import { flag, pageOf, pageQuery, text, uuid } from '../schemas/common.ts';
import { stationParams } from '../schemas/station.ts';
import { commandGiven, commandGivenResponses } from './command-given.ts';

const tag = 'smart charging';

export function chargingProfileRoutes(profiles: ChargingProfilesPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/stations/{id}/charging-profiles',
      operationId: 'listChargingProfiles',
      tag,
      summary: 'Charging profiles that a station holds, as far as is known, newest first',
      description:
        'What was set and accepted, and what the station has reported. The command `get-charging-profiles` makes an OCPP 2.0.1 station ' +
        'report.',
      permission: 'station.read',
      params: stationParams,
      query: pageQuery.extend({
        evseId: evseQuery,
        chargingProfilePurpose: purposeQuery,
        stackLevel: z.coerce.number().int().min(0).max(2_147_483_647).optional(),
        source: text(1, 50).optional(),
        transactionId: uuid.optional(),
        history: flag.optional().meta({ description: 'Those that are no more, too.' }),
      }),
      responses: { 200: { description: 'A page.', schema: pageOf(chargingProfileView) } },
      handle: async ({ caller, params, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await profiles.profiles(caller.scope, params.id, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/stations/{id}/charging-profiles',
      operationId: 'setChargingProfile',
      tag,
      summary: 'Give a station a charging profile',
      description:
        'Checked by the rules of OCPP and by what the station has told about its limits before it is sent. The same id, or the same ' +
        'purpose, stack level and EVSE, replaces.',
      permission: 'station.configure',
      params: stationParams,
      body: chargingProfileInput,
      responses: commandGivenResponses,
      handle: async ({ caller, params, body }) =>
        commandGiven(params.id, await profiles.set(caller.scope, params.id, body, { requestedBy: caller.email })),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/stations/{id}/charging-profiles',
      operationId: 'clearChargingProfiles',
      tag,
      summary: 'Clear charging profiles of a station',
      description: 'Those that match all that is given; without anything all that were set by a central system.',
      permission: 'station.configure',
      params: stationParams,
      query: clearQuery,
      responses: commandGivenResponses,
      handle: async ({ caller, params, query }) =>
        commandGiven(params.id, await profiles.clear(caller.scope, params.id, query, { requestedBy: caller.email })),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/stations/{id}/charging-limits',
      operationId: 'listChargingLimits',
      tag,
      summary: 'Limits that others have set at a station (grid operator, energy management), newest first',
      permission: 'station.read',
      params: stationParams,
      query: pageQuery.extend({
        evseId: evseQuery.meta({ description: '0: the station as a whole.' }),
        source: text(1, 50).optional(),
        history: flag.optional().meta({ description: 'Those that hold no more, too.' }),
      }),
      responses: { 200: { description: 'A page.', schema: pageOf(chargingLimitView) } },
      handle: async ({ caller, params, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await profiles.limits(caller.scope, params.id, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/stations/{id}/composite-schedules',
      operationId: 'listCompositeSchedules',
      tag,
      summary: 'What all profiles together allow, by the station’s own word',
      description: 'The newest answer for each EVSE and unit; the command `get-composite-schedule` asks for it.',
      permission: 'station.read',
      params: stationParams,
      query: pageQuery,
      responses: { 200: { description: 'A page.', schema: pageOf(compositeScheduleView) } },
      handle: async ({ caller, params, query }) => ({
        status: 200,
        json: await profiles.compositeSchedules(caller.scope, params.id, query),
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/stations/{id}/vehicle-plans',
      operationId: 'listVehiclePlans',
      tag,
      summary: 'What cars said that they need (ISO 15118), and the schedules that they chose, newest first',
      permission: 'station.read',
      params: stationParams,
      query: pageQuery.extend({
        evseId: evseQuery,
        transactionId: uuid.optional(),
        kind: z.enum(['needs', 'schedule']).optional(),
      }),
      responses: { 200: { description: 'A page.', schema: pageOf(vehiclePlanView) } },
      handle: async ({ caller, params, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await profiles.vehiclePlans(caller.scope, params.id, filter, { limit, cursor }) };
      },
    }),
  ];
}
