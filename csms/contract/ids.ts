import type { Uuid } from '@voltpile/kernel/ids';

/**
 * The station's key inside the house: a UUIDv7 that survives renaming and replacement of the hardware. Not to be mixed with the
 * identity, the text that a station puts into its URL and that users see as its `id`.
 */
export type StationKey = Uuid & { readonly __brand?: 'StationKey' };

/** Counts the authenticated connections of one station. A larger epoch is a newer socket; replies and commands carry it. */
export type Epoch = number;
