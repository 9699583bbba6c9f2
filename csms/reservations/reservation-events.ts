import type { ReservationFacts } from '../contract/reservations-port.ts';
import type { NewEvent } from '../outbox/append-events.ts';

/** The event that tells of a reservation as it now is. */
export function reservationEvent(facts: ReservationFacts): NewEvent {
  const { organizationId, siteId, stationId } = facts;
  return { type: 'reservation.changed', organizationId, siteId, stationId, data: { ...facts } };
}
