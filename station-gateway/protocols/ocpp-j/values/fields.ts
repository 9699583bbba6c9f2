import type { ClaimedTime } from '@voltpile/csms/contract/station-port';
import { parseOcppDateTime } from '@voltpile/ocpp/date-time';

/**
 * Reading one member of a payload that need not keep to its schema. Each reader takes what can only be meant one way (a number
 * written as text, text written as a number) and gives undefined for the rest; null is the same as absent, because many stations
 * write null for an optional member.
 */

/** Longest text taken over into a report; the frame itself is kept as it came. */
const MAX_TEXT = 255;
const MAX_TIME_TEXT = 64;
const INTEGER = /^\s*[+-]?\d{1,15}\s*$/;
const DECIMAL = /^[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})$/;

/** The members of a JSON object; none for anything else. */
export function asFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** A list; a single object in place of one counts as a list of one. */
export function asList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && value !== null ? [value] : [];
}

/** Text, cut to 255 characters; may be empty. */
export function readText(value: unknown): string | undefined {
  if (typeof value === 'string') return value.length > MAX_TEXT ? value.slice(0, MAX_TEXT) : value;
  return typeof value === 'number' ? String(value) : undefined;
}

/** Text that says something: like {@link readText}, but nothing for the empty text, which stations write for "none". */
export function readName(value: unknown): string | undefined {
  const text = readText(value);
  return text === '' ? undefined : text;
}

/** A name by which the station will know a thing again: not cut, because two that begin alike are two. */
export function readWholeName(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : readName(value);
}

/** A whole number within the limits, both included. */
export function readInteger(value: unknown, min: number, max: number): number | undefined {
  const number = typeof value === 'string' && INTEGER.test(value) ? Number(value) : value;
  return Number.isInteger(number) && (number as number) >= min && (number as number) <= max
    ? (number as number)
    : undefined;
}

/** A decimal number as text. */
export function readDecimal(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return DECIMAL.test(text) ? text : undefined;
}

/** A time as claimed, at most 64 characters of its text; the text is empty when there is none. */
export function readTime(value: unknown): ClaimedTime {
  if (typeof value === 'string') {
    const at = parseOcppDateTime(value);
    return { text: at === null ? value.slice(0, MAX_TIME_TEXT) : value, at };
  }
  return { text: typeof value === 'number' ? String(value) : '', at: null };
}
