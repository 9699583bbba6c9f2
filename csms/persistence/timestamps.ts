import { type Instant, toIso } from '@voltpile/kernel/clock';

const FIRST_STORABLE = Date.parse('0001-01-01T00:00:00Z');
const LAST_STORABLE = Date.parse('9999-12-31T23:59:59.999Z');

/** Whether a claimed time can be written as RFC 3339 text, which has four digits for the year. */
export function isStorableInstant(at: Instant): boolean {
  return at >= FIRST_STORABLE && at <= LAST_STORABLE;
}

/** A `timestamptz` as the driver gives it, as the API writes it. */
export function isoOf(at: Date): string {
  return at.toISOString();
}

/** The same for a column that may be empty. */
export function isoOrNull(at: Date | null): string | null {
  return at === null ? null : at.toISOString();
}

/** Text for a `timestamptz` value; null stays null. */
export function timestamptz(at: Instant | null): string | null {
  return at === null ? null : toIso(at);
}
