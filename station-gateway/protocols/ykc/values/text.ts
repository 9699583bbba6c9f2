/** Letters, digits and signs of ASCII, with blanks inside. */
const PRINTABLE = /^[\x20-\x7e]+$/;
const UNPRINTABLE = /[^\x20-\x7e]+/g;

/** Text of a pile as it may be kept and shown: printable ASCII, without blanks around it; null when nothing is left. */
export function printable(text: string): string | null {
  const clean = text.replace(UNPRINTABLE, '').trim();
  return clean === '' ? null : clean;
}

/**
 * The number of a vehicle as piles tell it, which is a token as well; null when it is none: nothing but a filling (zeros), or not text at all. Of a
 * number with broken bytes nothing is made up.
 */
export function vinOf(text: string): string | null {
  const vin = text.trim();
  return PRINTABLE.test(vin) && !/^0+$/.test(vin) ? vin : null;
}
