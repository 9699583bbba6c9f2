import type { DomainEvent } from '@voltpile/csms/contract/events';
import { type Clock, toIso } from '@voltpile/kernel/clock';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import { costIn, foldEvent, LIVE_EVENTS, numberIn, textIn, transactionIn } from './fold-event.ts';
import {
  addStations,
  type LiveStation,
  lockStations,
  removeStations,
  storeStations,
  withoutPicture,
} from './persistence/live-repository.ts';
import { type SessionFact, storeSessions } from './persistence/sessions-repository.ts';

/** Where pictures begin that there are none of yet. */
export interface PictureSource {
  /** What the stations' domain knows of a station now; undefined: there is no such station. */
  pictureOf(stationId: string): Promise<LiveStation | undefined>;
}

const FOLLOWED: ReadonlySet<string> = new Set(LIVE_EVENTS);

/**
 * Brings pictures up to date, in the order of the events. All of them are stored together, with how far each station has come: events that come again change
 * nothing.
 */
export async function followLive(
  options: { readonly knex: Knex; readonly clock: Clock; readonly source: PictureSource },
  events: readonly DomainEvent[],
): Promise<void> {
  const { knex, source } = options;
  const told = events.filter((event) => event.stationId !== null && FOLLOWED.has(event.type));
  const stationIds = [...new Set(told.map(({ stationId }) => stationId as string))];
  if (stationIds.length === 0) return;
  // Not within the transaction: it may take a call over the network for each.
  const begun: LiveStation[] = [];
  for (const id of await withDatabaseErrors(() => withoutPicture(knex, stationIds))) {
    const station = await source.pictureOf(id);
    if (station !== undefined) begun.push(station);
  }
  await withDatabaseErrors(() =>
    knex.transaction(async (trx) => {
      await addStations(trx, begun);
      const stations = new Map((await lockStations(trx, stationIds)).map((station) => [station.stationId, station]));
      const removed = new Set<string>();
      const sessions: SessionFact[] = [];
      for (const event of told) {
        const stationId = event.stationId as string;
        const known = stations.get(stationId);
        const eventId = BigInt(event.id);
        if (known !== undefined && known.lastEventId >= eventId) continue;
        sessions.push(...sessionFacts(event, stationId, eventId));
        if (known === undefined) continue;
        if (event.data.removed === true) {
          stations.delete(stationId);
          removed.add(stationId);
          continue;
        }
        const picture = foldEvent(known.picture, event);
        const siteId = event.siteId ?? known.siteId;
        const { organizationId } = event;
        const changedAt = picture === known.picture ? known.changedAt : event.recordedAt;
        stations.set(stationId, { stationId, organizationId, siteId, lastEventId: eventId, changedAt, picture });
      }
      await removeStations(trx, [...removed]);
      await storeStations(trx, [...stations.values()]);
      await storeSessions(trx, sessions);
    }),
  );
}

/** What is kept of a charge when it has ended. */
function sessionFacts(
  { type, data, organizationId, siteId, recordedAt }: DomainEvent,
  stationId: string,
  eventId: bigint,
): SessionFact[] {
  const transactionId = transactionIn(data);
  const isEnd = type === 'transaction.ended';
  const isPrice = type === 'transaction.cost-changed' && data.isFinal === true;
  if (transactionId === null || siteId === null || !(isEnd || isPrice)) return [];
  return [
    {
      transactionId,
      organizationId,
      siteId,
      stationId,
      evseId: numberIn(data, 'evseId'),
      endedAt: isEnd ? (textIn(data, 'endedAt') ?? toIso(recordedAt)) : null,
      energyWh: isEnd ? numberIn(data, 'energyWh') : null,
      cost: isPrice ? costIn(data) : null,
      eventId,
    },
  ];
}
