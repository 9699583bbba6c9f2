import { instant } from '@voltpile/kernel/clock';
import type { CardInfo } from '../station/card.ts';
import type { IdToken, IdTokenInfo } from './types.ts';

/** What IdTokenInfo says about a card. */
export function fromIdTokenInfo({ status, groupIdToken, cacheExpiryDateTime }: IdTokenInfo): CardInfo {
  return {
    status,
    group: groupIdToken?.idToken,
    expiresAt: cacheExpiryDateTime === undefined ? undefined : instant(Date.parse(cacheExpiryDateTime)),
  };
}

/** A card of which only the number is known. */
export function toIdToken(card: string | IdToken): IdToken {
  return typeof card === 'string' ? { idToken: card, type: 'ISO14443' } : card;
}
