import type { Instant } from '@voltpile/kernel/clock';
import type { Knex } from 'knex';
import type { OutcomeFollower } from '../commands/outcome-follower.ts';
import type { NewEvent } from '../outbox/append-events.ts';
import {
  changeReservation,
  lockReservationByNumber,
  lockReservationOfCommand,
  type ReservationRecord,
  replaceOthers,
} from '../persistence/reservations-repository.ts';
import { lockStation } from '../persistence/station-lock.ts';
import { reservationEvent } from './reservation-events.ts';
import { afterCancel, afterRequest, isOpen, type ReservationChange } from './reservation-rules.ts';

/** Stores what a station's answer says about a reservation: it has made it, refused it, or given it up. */
export const followReservationOutcome: OutcomeFollower = async (
  trx,
  { commandId, station, command, outcome, finishedAt },
) => {
  if (command.action === 'reserve-now') {
    await lockStation(trx, station);
    const record = await lockReservationOfCommand(trx, commandId);
    if (record === undefined) return [];
    const change = afterRequest(record.facts.status, outcome);
    const replaced = change?.status === 'active' ? await replaceOthers(trx, record, finishedAt) : [];
    return [...replaced.map(({ facts }) => reservationEvent(facts)), ...(await apply(trx, record, change, finishedAt))];
  }
  if (command.action === 'cancel-reservation') {
    await lockStation(trx, station);
    const record = await lockReservationByNumber(trx, station, command.payload.reservationId);
    return record === undefined ? [] : apply(trx, record, afterCancel(record.facts.status, outcome), finishedAt);
  }
  return [];
};

/** Writes a change, if there is one, and gives the event that tells of it. */
export async function apply(
  trx: Knex,
  { facts }: ReservationRecord,
  change: ReservationChange | undefined,
  at: Instant,
): Promise<readonly NewEvent[]> {
  if (change === undefined) return [];
  const { status, flag } = change;
  if (status === facts.status && (flag === undefined || facts.flags.includes(flag))) return [];
  const changed = await changeReservation(trx, facts.id, { ...change, endedAt: isOpen(status) ? null : at });
  return [reservationEvent(changed.facts)];
}
