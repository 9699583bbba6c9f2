import { type Clock, type Instant, instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { storableText } from '@voltpile/platform/database/storable-text';
import type { Knex } from 'knex';
import { findAcceptedToken, knownTokenType, stationNotAccepted } from '../commands/accepted-token.ts';
import { newNumber } from '../commands/numbered.ts';
import type { StationCommandOf } from '../contract/commands.ts';
import type { NewEvent } from '../outbox/append-events.ts';
import { findObstacles, insertReservation, type NewReservation } from '../persistence/reservations-repository.ts';
import { lockStation } from '../persistence/station-lock.ts';
import type { StationRecord } from '../persistence/stations-repository.ts';
import { reservationEvent } from './reservation-events.ts';
import { checkExpiry } from './reservation-rules.ts';

export const evseReserved = defineError(
  'reservation.evse_reserved',
  'Conflict',
  'EVSE {evseId} of station {stationId} is reserved already.',
);
export const evseInUse = defineError(
  'reservation.evse_in_use',
  'Conflict',
  'Somebody is charging at EVSE {evseId} of station {stationId}.',
);
export const numberTaken = defineError(
  'reservation.number_taken',
  'Conflict',
  'Station {stationId} has been asked for reservation {reservationId} already and has not answered yet.',
);
export const tooManyReservations = defineError(
  'reservation.too_many',
  'Conflict',
  'Station {stationId} has {limit} reservations already.',
);

/** Reservations of one station that may still be used. */
const MAX_OPEN = 500;

/** A reservation to be stored with the command that asks for it. */
export type AskedReservation = Omit<
  NewReservation,
  'status' | 'refusal' | 'commandId' | 'createdBy' | 'createdAt' | 'endedAt'
>;

/**
 * Completes a reserve-now command (a number, the registered type and group of the token) and refuses what cannot be meant.
 *
 * @throws InvalidArgument `reservation.bad_expiry`; FailedPrecondition `command.station_not_accepted`, `id_token.not_accepted`
 */
export async function prepareReservation(
  { knex, clock }: { readonly knex: Knex; readonly clock: Clock },
  { station, view }: StationRecord,
  command: StationCommandOf<'reserve-now'>,
): Promise<{ readonly command: StationCommandOf<'reserve-now'>; readonly reservation: AskedReservation }> {
  if (view.registrationStatus !== 'Accepted') throw stationNotAccepted({ stationId: view.id });
  const now = clock.now();
  const { payload } = command;
  const expiresAt = instant(Date.parse(payload.expiresAt));
  checkExpiry(expiresAt, now);
  const token = await findAcceptedToken(knex, view.organizationId, payload.idToken, now);
  const number = payload.reservationId ?? newNumber();
  const groupIdToken = payload.groupIdToken ?? token?.groupIdToken ?? undefined;
  return {
    command: {
      ...command,
      payload: {
        ...payload,
        reservationId: number,
        idTokenType: payload.idTokenType ?? knownTokenType(token?.type),
        groupIdToken,
      },
    },
    reservation: {
      id: uuidv7(),
      organizationId: view.organizationId,
      siteId: view.siteId,
      station,
      number,
      // 0 is what dialects say for none in particular.
      evseId: payload.evseId || null,
      connectorType: payload.connectorType === undefined ? null : storableText(payload.connectorType),
      idToken: storableText(payload.idToken),
      groupIdToken: groupIdToken === undefined ? null : storableText(groupIdToken),
      expiresAt,
    },
  };
}

/**
 * Stores the reservation with its command. What would be refused by the station all the same is refused here, but only what is known: an
 * answer that was lost, or a transaction whose end was, stands in nobody's way.
 *
 * @returns the event that tells of it
 * @throws Conflict `reservation.number_taken`, `reservation.evse_reserved`, `reservation.evse_in_use`, `reservation.too_many`
 */
export async function storeReservation(
  trx: Knex,
  stationId: string,
  asked: AskedReservation,
  given: {
    readonly commandId: Uuid;
    readonly createdBy: string | null;
    readonly createdAt: Instant;
    readonly isOnline: boolean;
  },
): Promise<NewEvent> {
  const { isOnline, ...rest } = given;
  const { station, number, evseId } = asked;
  if (isOnline) {
    await lockStation(trx, station);
    const obstacles = await findObstacles(trx, station, asked, given.createdAt);
    if (obstacles.numberTaken) throw numberTaken({ stationId, reservationId: number });
    if (obstacles.evseReserved) throw evseReserved({ stationId, evseId });
    if (obstacles.evseInUse) throw evseInUse({ stationId, evseId });
    if (obstacles.open >= MAX_OPEN) throw tooManyReservations({ stationId, limit: MAX_OPEN });
  }
  const record = await insertReservation(trx, {
    ...asked,
    ...rest,
    status: isOnline ? 'requested' : 'refused',
    refusal: isOnline ? null : 'Offline',
    endedAt: isOnline ? null : given.createdAt,
  });
  return reservationEvent(record.facts);
}
