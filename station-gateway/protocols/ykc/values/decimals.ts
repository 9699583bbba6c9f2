/** An integer in steps of 10^-places as exact decimal text: `12345` with 4 places is `1.2345`. */
export function decimal(value: number, places: number): string {
  if (places === 0) return String(value);
  const digits = String(Math.abs(value)).padStart(places + 1, '0');
  const sign = value < 0 ? '-' : '';
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** Energies travel in steps of 0.1 Wh. */
export const MILLI_WH_PER_STEP = 100;
