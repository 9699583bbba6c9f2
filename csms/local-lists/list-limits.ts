import type { Knex } from 'knex';
import type { StationKey } from '../contract/ids.ts';
import type { Vocabulary } from '../stations/station-vocabulary.ts';
import type { ListChange } from './list-entries.ts';

/** What a station has told of its limits; absent: nothing. */
export interface ToldListLimits {
  /** Entries of one message (OCPP 1.6 SendLocalListMaxLength; 2.0.1 LocalAuthListCtrlr.ItemsPerMessage). */
  readonly entriesPerMessage?: number | undefined;
  /** Size of one message (OCPP 2.0.1 LocalAuthListCtrlr.BytesPerMessage). */
  readonly bytesPerMessage?: number | undefined;
  /** Entries of the whole list (OCPP 1.6 LocalAuthListMaxLength; 2.0.1 the limit of LocalAuthListCtrlr.Entries). */
  readonly maxEntries?: number | undefined;
}

/** Where such limits are looked up. */
export type ReadListLimits = (db: Knex, station: StationKey) => Promise<ToldListLimits>;

export interface ListLimits {
  readonly entriesPerMessage: number;
  readonly bytesPerMessage: number;
  readonly maxEntries: number;
  /** Characters of a token's value, and of a group's. */
  readonly maxValueLength: number;
}

/** Safe for small stations: OCPP asks for no more than one. */
const DEFAULT_ENTRIES_PER_MESSAGE = 20;
/** However many a station says it takes. */
const MAX_ENTRIES_PER_MESSAGE = 500;
/** 500 entries of the largest size; a frame that any station can read is smaller, and says so. */
const DEFAULT_BYTES_PER_MESSAGE = 200_000;
/** Lists are compared in memory. */
const MAX_ENTRIES = 10_000;
/** OCPP 1.6 IdToken, 2.0.1 identifierString[36]. */
const VALUE_LENGTHS: Readonly<Record<Vocabulary, number>> = { keys: 20, components: 36 };

/** The limits to keep to: the station's own where it has told them, careful ones elsewhere. */
export function listLimits(told: ToldListLimits, vocabulary: Vocabulary): ListLimits {
  return {
    entriesPerMessage: bounded(told.entriesPerMessage, MAX_ENTRIES_PER_MESSAGE, DEFAULT_ENTRIES_PER_MESSAGE),
    bytesPerMessage: bounded(told.bytesPerMessage, DEFAULT_BYTES_PER_MESSAGE, DEFAULT_BYTES_PER_MESSAGE),
    maxEntries: bounded(told.maxEntries, MAX_ENTRIES, MAX_ENTRIES),
    maxValueLength: VALUE_LENGTHS[vocabulary],
  };
}

function bounded(told: number | undefined, max: number, otherwise: number): number {
  return told !== undefined && told >= 1 ? Math.min(Math.floor(told), max) : otherwise;
}

/** Around the entries of a message; and around the values of an entry, in the wordiest dialect. */
const MESSAGE_BYTES = 200;
const ENTRY_BYTES = 220;

/** As many of the changes, from that place on, as fit into one message; at least one. */
export function fitting<Change extends ListChange>(
  changes: readonly Change[],
  limits: ListLimits,
  from = 0,
): readonly Change[] {
  let bytes = MESSAGE_BYTES;
  let end = from;
  for (; end < changes.length && end - from < limits.entriesPerMessage; end += 1) {
    const { idToken, idTokenInfo } = changes[end] as Change;
    bytes += ENTRY_BYTES + idToken.length + (idTokenInfo?.groupIdToken?.length ?? 0);
    if (bytes > limits.bytesPerMessage && end > from) break;
  }
  return changes.slice(from, end);
}

/** How many messages it takes to tell all of them. */
export function countMessages(changes: readonly ListChange[], limits: ListLimits): number {
  let count = 0;
  for (let told = 0; told < changes.length; count += 1) told += fitting(changes, limits, told).length;
  return count;
}
