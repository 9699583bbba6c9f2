import type { DomainEvent } from '@voltpile/csms/contract/events';
import { toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import { costIn, numberIn, textIn, transactionIn } from './event-data.ts';
import { foldEvent, PICTURE_EVENTS } from './fold-event.ts';
import {
  addCharges,
  type NewCharge,
  removeCharges,
  removeChargesOf,
  storeReadings,
} from './persistence/charges-repository.ts';
import {
  addStations,
  type LiveStation,
  lockStations,
  removeStations,
  storeStations,
  withoutPicture,
} from './persistence/live-repository.ts';
import { type SessionFact, storeSessions } from './persistence/sessions-repository.ts';
import type { StationPicture } from './picture.ts';
import { type ChargeReading, changesOf, READING_EVENTS } from './readings.ts';

/** A station as the stations' domain knows it now. */
export interface KnownStation {
  readonly station: LiveStation;
  readonly readings: readonly ChargeReading[];
}

/** Where pictures begin that there are none of yet. */
export interface PictureSource {
  /** undefined: there is no such station. */
  pictureOf(stationId: string): Promise<KnownStation | undefined>;
}

const OF_PICTURES: ReadonlySet<string> = new Set(PICTURE_EVENTS);

/** The events that are to be heard. */
export const LIVE_EVENTS = [...new Set([...PICTURE_EVENTS, ...READING_EVENTS])];

/**
 * Brings pictures up to date, in the order of the events. All that follows from them is stored together, with how far each station has come: events that
 * come again change nothing. Readings, of which there are many, are written past the pictures.
 */
export async function followLive(
  options: { readonly knex: Knex; readonly source: PictureSource },
  events: readonly DomainEvent[],
): Promise<void> {
  const { knex, source } = options;
  const told = events.filter((event): event is StationEvent => event.stationId !== null);
  const ofPictures = told.filter(({ type }) => OF_PICTURES.has(type));
  const readings = changesOf(told);
  const sessions = told.flatMap(sessionFacts);
  const stationIds = [...new Set(ofPictures.map(({ stationId }) => stationId))];
  await addUnknown(knex, source, [...new Set(told.map(({ stationId }) => stationId))]);
  await withDatabaseErrors(() =>
    knex.transaction(async (trx) => {
      if (stationIds.length > 0) await followPictures(trx, stationIds, ofPictures);
      await storeReadings(trx, readings);
      await storeSessions(trx, sessions);
    }),
  );
}

type StationEvent = DomainEvent & { readonly stationId: string };

/** Begins pictures of stations that have none. Not within the transaction: it may take a call over the network for each. */
export async function addUnknown(knex: Knex, source: PictureSource, stationIds: readonly string[]): Promise<void> {
  if (stationIds.length === 0) return;
  for (const id of await withDatabaseErrors(() => withoutPicture(knex, stationIds))) {
    const known = await source.pictureOf(id);
    if (known === undefined) continue;
    const { station, readings } = known;
    await withDatabaseErrors(() =>
      knex.transaction(async (trx) => {
        await addStations(trx, [station]);
        const ofIds = new Map(readings.map((reading) => [reading.transactionId, reading]));
        await addCharges(trx, chargesOf(station), ofIds);
      }),
    );
  }
}

async function followPictures(
  trx: Knex.Transaction,
  stationIds: readonly string[],
  events: readonly StationEvent[],
): Promise<void> {
  const before = new Map((await lockStations(trx, stationIds)).map((station) => [station.stationId, station]));
  const after = new Map(before);
  const removed = new Set<string>();
  for (const event of events) {
    const { stationId, organizationId } = event;
    const known = after.get(stationId);
    const lastEventId = BigInt(event.id);
    if (known === undefined || known.lastEventId >= lastEventId) continue;
    if (event.data.removed === true) {
      after.delete(stationId);
      removed.add(stationId);
      continue;
    }
    const picture = foldEvent(known.picture, event);
    const siteId = event.siteId ?? known.siteId;
    if (picture === known.picture && siteId === known.siteId) continue;
    after.set(stationId, { stationId, organizationId, siteId, lastEventId, changedAt: event.recordedAt, picture });
  }
  const changed = [...after.values()].filter((station) => station !== before.get(station.stationId));
  await removeStations(trx, [...removed]);
  await removeChargesOf(trx, [...removed]);
  await storeStations(trx, changed);
  const begun: NewCharge[] = [];
  const over: Uuid[] = [];
  for (const station of changed) {
    const charges = (before.get(station.stationId) as LiveStation).picture.charges;
    begun.push(...chargesOf(station).filter(({ transactionId }) => charges[transactionId] === undefined));
    over.push(...Object.keys(charges).filter((transactionId) => station.picture.charges[transactionId] === undefined));
  }
  await addCharges(trx, begun);
  await removeCharges(trx, over);
}

function chargesOf({
  stationId,
  picture,
}: {
  readonly stationId: string;
  readonly picture: StationPicture;
}): NewCharge[] {
  return Object.entries(picture.charges).map(([transactionId, { toldAt }]) => ({
    transactionId,
    stationId,
    toldAt,
  }));
}

/** What is kept of a charge when it has ended. */
function sessionFacts({ id, type, data, organizationId, siteId, stationId, recordedAt }: StationEvent): SessionFact[] {
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
      eventId: BigInt(id),
    },
  ];
}
