import {
  cardsClear,
  cardsClearReply,
  cardsQuery,
  cardsQueryReply,
  cardsSync,
  cardsSyncReply,
} from '@voltpile/ykc/messages/offline-cards';
import { NO_CARD } from '../card-number.ts';
import { command } from './command.ts';

/** Flag and reason: cleared; the number cannot be one. */
const CLEARED = '0100';
const BAD_FORMAT = '0001';

export const storeCards = command(cardsSync, cardsSyncReply, (pile, { cards }) => {
  const failReason = pile.offlineCards.add(cards);
  return { response: { pileNo: pile.identity, saved: failReason === 0 ? 1 : 0, failReason } };
});

/** A card that was not there is as good as cleared. */
export const clearCards = command(cardsClear, cardsClearReply, (pile, { cards }) => ({
  response: {
    pileNo: pile.identity,
    items: cards.map((card) => {
      pile.offlineCards.remove(card);
      return `${card}${card === NO_CARD ? BAD_FORMAT : CLEARED}`;
    }),
  },
}));

export const queryCards = command(cardsQuery, cardsQueryReply, (pile, { cards }) => ({
  response: {
    pileNo: pile.identity,
    items: cards.map((card) => `${card}${pile.offlineCards.logicCardOf(card) === undefined ? '00' : '01'}`),
  },
}));
