import type { DomainEvent, DomainEventType } from '@voltpile/csms/contract/events';
import type { Clock } from '@voltpile/kernel/clock';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import { changeDelivery } from './change-deliveries.ts';
import { commandEndOf } from './command-end.ts';
import { deleteDeliveries, wakeDeliveries } from './deliveries-repository.ts';
import { commandEnded } from './delivery-rules.ts';

/** What is to be heard of the stations' domain. */
export const STATION_EVENTS: readonly DomainEventType[] = [
  'station.connected',
  'station.updated',
  'transaction.ended',
  'command.finished',
];

/**
 * Notes what events say about stations that are told prices. One that comes again changes nothing, but that a station may be looked at once more.
 *
 * @returns whether there is something to look at now
 */
export async function followStations(knex: Knex, clock: Clock, events: readonly DomainEvent[]): Promise<boolean> {
  const [awake, removed] = [new Set<string>(), new Set<string>()];
  let isNews = false;
  for (const { type, stationId, data } of events) {
    if (stationId === null) continue;
    if (type === 'station.connected' || type === 'transaction.ended') awake.add(stationId);
    if (type === 'station.updated' && data.removed === true) removed.add(stationId);
    // A command that a person has given counts, too: the station has its prices then.
    const end = type === 'command.finished' ? commandEndOf(data, clock.now()) : undefined;
    if (end === undefined) continue;
    const changed = await changeDelivery(knex, stationId, clock.now(), (one) => commandEnded(one, end, clock.now()));
    isNews ||= changed !== undefined;
  }
  return withDatabaseErrors(async () => {
    await deleteDeliveries(knex, [...removed]);
    return (await wakeDeliveries(knex, [...awake], clock.now())) > 0 || isNews;
  });
}
