import type { ReservationsPort } from '@voltpile/csms/contract/reservations-port';
import { defineRoute, type Route } from '../http/route.ts';
import { commandView } from '../schemas/command.ts';
import { pageOf, pageQuery, text, uuidParams } from '../schemas/common.ts';
import { reservationInput, reservationStatus, reservationView } from '../schemas/reservation.ts';
import { stationId, stationParams } from '../schemas/station.ts';

const tag = 'reservations';

export function reservationRoutes(reservations: ReservationsPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/reservations',
      operationId: 'listReservations',
      tag,
      summary: 'List reservations, newest first',
      permission: 'station.read',
      query: pageQuery.extend({
        stationId: stationId.optional(),
        status: reservationStatus.optional(),
        idToken: text(1, 255).optional().meta({ description: 'Compared without regard to case.' }),
      }),
      responses: { 200: { description: 'A page.', schema: pageOf(reservationView) } },
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await reservations.list(caller.scope, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/reservations/{id}',
      operationId: 'getReservation',
      tag,
      summary: 'Get a reservation',
      permission: 'station.read',
      params: uuidParams,
      responses: { 200: { description: 'The reservation.', schema: reservationView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await reservations.get(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/stations/{id}/reservations',
      operationId: 'createReservation',
      tag,
      summary: 'Reserve an EVSE',
      description:
        'Answers at once with the reservation; its status changes when the station has answered. The group of a registered token may use ' +
        'it as well. An EVSE that is known to be reserved or in use is refused (409).',
      permission: 'station.operate',
      params: stationParams,
      body: reservationInput,
      responses: {
        202: {
          description: 'The station is being asked.',
          schema: reservationView,
          headers: { Location: 'Where the reservation is.' },
        },
      },
      handle: async ({ caller, params, body }) => {
        const { timeoutSeconds, ...input } = body;
        const request = { timeoutSeconds, requestedBy: caller.email };
        const made = await reservations.create(caller.scope, params.id, input, request);
        return {
          status: 202,
          json: made,
          headers: { Location: `/api/v1/reservations/${made.id}` },
          audit: { action: 'reservation.create', objectType: 'reservation', objectId: made.id, after: made },
        };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/reservations/{id}',
      operationId: 'cancelReservation',
      tag,
      summary: 'Cancel a reservation',
      description: 'Answers at once with the command; the reservation is cancelled when the station has accepted that.',
      permission: 'station.operate',
      params: uuidParams,
      responses: {
        202: {
          description: 'The station is being asked.',
          schema: commandView,
          headers: { Location: 'Where the command is.' },
        },
      },
      handle: async ({ caller, params }) => {
        const before = await reservations.get(caller.scope, params.id);
        const command = await reservations.cancel(caller.scope, params.id, { requestedBy: caller.email });
        return {
          status: 202,
          json: command,
          headers: { Location: `/api/v1/commands/${command.id}` },
          audit: {
            action: 'reservation.cancel',
            objectType: 'reservation',
            objectId: params.id,
            before,
            after: { commandId: command.id },
          },
        };
      },
    }),
  ];
}
