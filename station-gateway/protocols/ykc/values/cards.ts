const CARD_DIGITS = 16;
const REVERSIBLE_DIGITS = 8;
/** What a reader without a card, or memory that was never written, is full of. */
const BLANK = /^(?:ff){8}$/i;

/**
 * The normal form of a physical card number: its bytes as upper-case hex without zero bytes on either side, because some piles put short numbers
 * to the left and some to the right. Empty when there is no card.
 */
export function normalCard(hex: string): string {
  if (BLANK.test(hex)) return '';
  return hex
    .replace(/^(?:00)+/, '')
    .replace(/(?:00)+$/, '')
    .toUpperCase();
}

/** A number that is too short may be another card when it is turned round. */
export function isReversible(card: string): boolean {
  return card.length >= REVERSIBLE_DIGITS;
}

/** The same card as readers show it that begin with its last byte. */
export function reversedCard(card: string): string {
  return (card.match(/../g) ?? []).reverse().join('');
}

/** A card number as it travels: eight bytes, to the right; zeros for a token that is none. */
export function toPhysicalCard(idToken: string): string {
  const isCard = /^(?:[\da-f]{2}){1,8}$/i.test(idToken);
  return isCard ? idToken.toLowerCase().padStart(CARD_DIGITS, '0') : '0'.repeat(CARD_DIGITS);
}

/** The number that a pile shows to its user: digits, to the right; zeros for a token that has none to show. */
export function toShownCard(idToken: string): string {
  return /^\d{1,16}$/.test(idToken) ? idToken.padStart(CARD_DIGITS, '0') : '0'.repeat(CARD_DIGITS);
}
