import { defineError } from '@voltpile/kernel/errors';
import { isUuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { type KeysetList, makePage, readPageRequest } from '@voltpile/platform/database/keyset-page';
import type { Knex } from 'knex';
import { foldToken } from '../authorization/evaluate-token.ts';
import type { CommandsPort } from '../contract/operator-ports.ts';
import type { ReservationsPort, ReservationView } from '../contract/reservations-port.ts';
import {
  evseKey,
  findReservation,
  findReservationOfCommand,
  listReservations,
  type ReservationRecord,
  readEvseStatuses,
} from '../persistence/reservations-repository.ts';
import { isOpen } from './reservation-rules.ts';

export const reservationNotFound = defineError('reservation.not_found', 'NotFound', 'There is no reservation {id}.');
export const reservationOver = defineError(
  'reservation.over',
  'FailedPrecondition',
  'Reservation {id} is {status}; there is nothing to cancel.',
);

const RESERVATIONS: KeysetList = { name: 'reservations', isKey: isUuid };

/** Reservations as people make, watch and cancel them; the station is asked by commands like any other. */
export function createReservationsService(dependencies: {
  readonly knex: Knex;
  readonly commands: CommandsPort;
}): ReservationsPort {
  const { knex, commands } = dependencies;
  const find = async (scope: Parameters<ReservationsPort['get']>[0], id: string): Promise<ReservationRecord> => {
    const found = isUuid(id) ? await withDatabaseErrors(() => findReservation(knex, scope, id)) : undefined;
    if (found === undefined) throw reservationNotFound({ id });
    return found;
  };
  return {
    async list(scope, filter, page) {
      const { limit, after } = readPageRequest(RESERVATIONS, page);
      if ([filter.stationId, filter.idToken].some((text) => text?.includes('\u0000'))) {
        return { items: [], nextCursor: null };
      }
      const conditions = { ...filter, idToken: filter.idToken === undefined ? undefined : foldToken(filter.idToken) };
      return withDatabaseErrors(async () => {
        const rows = await listReservations(knex, scope, conditions, after, limit + 1);
        const views = await toViews(knex, rows);
        return makePage(
          RESERVATIONS,
          views,
          limit,
          ({ id }) => id,
          (view) => view,
        );
      });
    },

    get: async (scope, id) => view(knex, await find(scope, id)),

    async create(scope, stationId, input, { timeoutSeconds, requestedBy }) {
      const request = { action: 'reserve-now', payload: input, timeoutSeconds, requestedBy };
      const { id: commandId } = await commands.submit(scope, stationId, request, ['operate']);
      // Stored with the command.
      const made = await withDatabaseErrors(() => findReservationOfCommand(knex, commandId));
      return view(knex, made as ReservationRecord);
    },

    async cancel(scope, id, { requestedBy }) {
      const { facts } = await find(scope, id);
      const { status, stationId, reservationId } = facts;
      if (!isOpen(status)) throw reservationOver({ id, status });
      const request = { action: 'cancel-reservation', payload: { reservationId }, requestedBy };
      return commands.submit(scope, stationId, request, ['operate']);
    },
  };
}

async function view(knex: Knex, record: ReservationRecord): Promise<ReservationView> {
  const [only] = await withDatabaseErrors(() => toViews(knex, [record]));
  return only as ReservationView;
}

async function toViews(knex: Knex, records: readonly ReservationRecord[]): Promise<ReservationView[]> {
  const evses = records.flatMap(({ station, facts: { evseId } }) => (evseId === null ? [] : [{ station, evseId }]));
  const statuses = await readEvseStatuses(knex, evses);
  return records.map(({ station, facts }) => ({
    ...facts,
    connectorStatus: facts.evseId === null ? null : (statuses.get(evseKey(station, facts.evseId)) ?? null),
  }));
}
