import { countedList, list, pileNo, u8 } from '../fields/notation.ts';
import { down, up } from './message.ts';

/** Cards that may start while the pile has no connection. */

export const cardsSyncReply = up(0x43, 'offline card sync reply', null, {
  pileNo,
  saved: u8({ meanings: { 0: 'failed', 1: 'saved' } }),
  failReason: u8({ meanings: { 1: 'bad card format', 2: 'no space' } }),
});
/** Entries: the number that is shown (8 digits pairs), the physical number (8 bytes). At most 15. */
export const cardsSync = down(0x44, 'offline card sync', 0x43, { pileNo, cards: countedList('count', 16) });

/** Entries: physical number (8 bytes), 1 when cleared, reason. */
export const cardsClearReply = up(0x45, 'offline card clear reply', null, { pileNo, items: list(10) });
/** At most 24. */
export const cardsClear = down(0x46, 'offline card clear', 0x45, { pileNo, cards: countedList('count', 8) });

/** Entries: physical number (8 bytes), 1 when it is there. */
export const cardsQueryReply = up(0x47, 'offline card query reply', null, { pileNo, items: list(9) });
/** At most 26. */
export const cardsQuery = down(0x48, 'offline card query', 0x47, { pileNo, cards: countedList('count', 8) });
