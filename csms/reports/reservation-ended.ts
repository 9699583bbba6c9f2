import type { ReservationEndReport } from '../contract/station-port.ts';
import type { StationWriter } from '../stations/station-writer.ts';
import { storeFact } from './store-fact.ts';

/** A reservation is no more, without having been used. */
export async function reservationEnded(writer: StationWriter, report: ReservationEndReport): Promise<void> {
  const { origin, ...detail } = report;
  await storeFact(writer, origin, { kind: 'reservation-end', type: 'reservation.changed', detail });
}
