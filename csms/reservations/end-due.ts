import type { Clock } from '@voltpile/kernel/clock';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import { insertEvents } from '../persistence/outbox-events.ts';
import {
  doubtReservations,
  expireReservations,
  type ReservationRecord,
} from '../persistence/reservations-repository.ts';
import { reservationEvent } from './reservation-events.ts';

const PER_ROUND = 500;

/**
 * Ends reservations whose time is over, whether the station tells so (OCPP 2.0.1 H04) or not (1.6 has no message for it), and marks
 * those whose answer nobody is left to tell.
 *
 * @returns how many were changed
 */
export async function endDueReservations(
  dependencies: { readonly knex: Knex; readonly clock: Clock; readonly onEvents: () => void },
  signal?: AbortSignal,
): Promise<number> {
  const { knex, clock, onEvents } = dependencies;
  let changed = 0;
  const rounds: ((trx: Knex) => Promise<ReservationRecord[]>)[] = [
    (trx) => expireReservations(trx, clock.now(), PER_ROUND),
    (trx) => doubtReservations(trx, PER_ROUND),
  ];
  for (const round of rounds) {
    for (;;) {
      const records = await withDatabaseErrors(() =>
        knex.transaction(async (trx) => {
          const ended = await round(trx);
          await insertEvents(
            trx,
            ended.map(({ facts }) => reservationEvent(facts)),
          );
          return ended;
        }),
      );
      changed += records.length;
      if (records.length > 0) onEvents();
      if (records.length < PER_ROUND || signal?.aborted) break;
    }
  }
  return changed;
}
