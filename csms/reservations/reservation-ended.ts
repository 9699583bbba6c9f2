import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { ReservationEndReport } from '../contract/station-port.ts';
import { insertEvents } from '../persistence/outbox-events.ts';
import { lockReservationByNumber } from '../persistence/reservations-repository.ts';
import { lockStation } from '../persistence/station-lock.ts';
import { storeFact } from '../reports/store-fact.ts';
import type { StationWriter } from '../stations/station-writer.ts';
import type { StationChangeDependencies } from '../stations/store-station-change.ts';
import { apply } from './follow-outcome.ts';
import { afterEndReport } from './reservation-rules.ts';

/**
 * A reservation is no more, without having been used (OCPP 2.0.1 H01, H04). One that we know nothing of is kept as a fact: somebody else
 * may have made it.
 */
export async function reservationEnded(
  dependencies: StationChangeDependencies & { readonly writer: StationWriter },
  report: ReservationEndReport,
): Promise<void> {
  const { knex, onEvents, writer } = dependencies;
  const { origin, reservationId, status } = report;
  const told = await withDatabaseErrors(() =>
    knex.transaction(async (trx) => {
      await lockStation(trx, origin.station);
      const record = await lockReservationByNumber(trx, origin.station, reservationId);
      if (record === undefined) return undefined;
      const events = await apply(trx, record, afterEndReport(record.facts.status, status), origin.receivedAt);
      await insertEvents(trx, events);
      return events.length;
    }),
  );
  if (told === undefined) {
    const oddities = [...(origin.oddities ?? []), 'reservation-unknown'];
    const detail = { kind: 'reservation-end', reservationId, status };
    await storeFact(writer, { ...origin, oddities }, { kind: 'reservation-end', type: 'fact.reported', detail });
  } else if (told > 0) onEvents();
}
