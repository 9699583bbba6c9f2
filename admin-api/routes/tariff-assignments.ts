import type { TariffAssignmentsPort } from '@voltpile/billing/contract/tariff-assignments';
import * as z from 'zod';
import { defineRoute, type Route } from '../http/route.ts';
import { dateTime, pageOf, pageQuery, uuidParams } from '../schemas/common.ts';
import { stationParams } from '../schemas/station.ts';
import {
  stationTariffQuery,
  stationTariffView,
  tariffAssignmentFilter,
  tariffAssignmentInput,
  tariffAssignmentView,
} from '../schemas/tariff-assignment.ts';

const tag = 'tariffs';
const objectType = 'tariff-assignment';

export function tariffAssignmentRoutes(assignments: TariffAssignmentsPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/tariff-assignments',
      operationId: 'listTariffAssignments',
      tag,
      summary: 'List who is charged by which tariff, newest first',
      permission: 'tariff.read',
      query: pageQuery.extend(tariffAssignmentFilter),
      responses: { 200: { description: 'A page.', schema: pageOf(tariffAssignmentView) } },
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await assignments.list(caller.scope, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/tariff-assignments',
      operationId: 'assignTariff',
      tag,
      summary: 'Charge somebody by a tariff',
      description:
        'Whom it is for comes first: an account, then a partner, then an account group, then everybody; among those where: an EVSE, then a station, ' +
        'then a site, then the organisation. A second one for the same drivers at the same place in the same time is refused (409). ' +
        'Accounts, groups, sites and stations that the organisation of the tariff does not have are refused; a partner is an account of that kind. ' +
        'So are tariffs in another currency than that of the account or the site; in a whole organisation, sites in another currency need their own first.',
      permission: 'tariff.publish',
      body: tariffAssignmentInput,
      responses: {
        201: { description: 'Assigned.', schema: tariffAssignmentView, headers: { Location: 'Where it is.' } },
      },
      handle: async ({ caller, body }) => {
        const made = await assignments.create(caller.scope, body, caller.email);
        return {
          status: 201,
          json: made,
          headers: { Location: `/api/v1/tariff-assignments/${made.id}` },
          audit: { action: 'tariff-assignment.create', objectType, objectId: made.id, after: made },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/tariff-assignments/{id}',
      operationId: 'getTariffAssignment',
      tag,
      summary: 'Get an assignment of a tariff',
      permission: 'tariff.read',
      params: uuidParams,
      responses: { 200: { description: 'The assignment.', schema: tariffAssignmentView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await assignments.get(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/tariff-assignments/{id}',
      operationId: 'closeTariffAssignment',
      tag,
      summary: 'End an assignment of a tariff',
      description:
        'Now, or at a time that is ahead. It stays in the list with its end; one that has not begun by then is removed.',
      permission: 'tariff.publish',
      params: uuidParams,
      query: z.strictObject({ at: dateTime.optional().meta({ description: 'Absent: now.' }) }),
      responses: { 204: { description: 'Ended, or removed.' } },
      handle: async ({ caller, params, query }) => {
        const before = await assignments.get(caller.scope, params.id);
        const after = await assignments.close(caller.scope, params.id, query.at, caller.email);
        return {
          status: 204,
          audit: { action: 'tariff-assignment.close', objectType, objectId: before.id, before, after },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/stations/{id}/tariff',
      operationId: 'getStationTariff',
      tag,
      summary: 'Which tariff holds at a station, and why',
      description: 'For everybody, or for the driver that is named.',
      permission: 'tariff.read',
      params: stationParams,
      query: stationTariffQuery,
      responses: {
        200: { description: 'The assignment that holds, and those that it beats.', schema: stationTariffView },
      },
      handle: async ({ caller, params, query }) => ({
        status: 200,
        json: await assignments.holding(caller.scope, params.id, query),
      }),
    }),
  ];
}
