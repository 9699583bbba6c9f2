import { type Instant, instant } from '@voltpile/kernel/clock';

const LONGEST = 64;
const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/**
 * Reads an OCPP date-time (RFC 3339 §5.6, as OCPP-J 1.6 §3.14 and 2.0.1 Part 2 §2.1.4 use it) the way stations in the field write it:
 *
 * - no zone means UTC;
 * - `T` or `t` or one blank between date and time; `Z` or `z`; `+08:00`, `+0800` or `+08`;
 * - seconds may be missing; any number of fractional digits, after a point or a comma, cut to milliseconds;
 * - second 60 is the first instant of the next minute.
 *
 * Everything else is nonsense: impossible dates, hour 24, text before or after, a date alone. Years run from 0000 to 9999; an absurd
 * but possible time (year 0001, 1970) is a time, and what to make of it is for others to say.
 *
 * @returns null when the text is not a date-time
 */
export function parseOcppDateTime(text: string): Instant | null {
  const { length } = text;
  if (length < 16 || length > LONGEST) return null;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59) return null;
  if (text[4] !== '-' || text[7] !== '-' || text[13] !== ':') return null;
  const separator = text[10];
  if (separator !== 'T' && separator !== 't' && separator !== ' ') return null;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (day > daysInMonth(month, leap)) return null;

  let at = 16;
  let second = 0;
  let millisecond = 0;
  if (text[at] === ':') {
    second = digits(text, at + 1, 2);
    if (second < 0 || second > 60) return null;
    at += 3;
    if (text[at] === '.' || text[at] === ',') {
      const start = ++at;
      for (let scale = 100; at < length && isDigit(text.charCodeAt(at)); at++) {
        millisecond += (text.charCodeAt(at) - 48) * scale;
        scale = scale === 1 ? 0 : scale / 10;
      }
      if (at === start) return null;
    }
  }
  const offsetMinutes = readOffset(text, at);
  if (offsetMinutes === null) return null;

  const days = daysBeforeYear(year) + dayOfYear(month, day, leap);
  const seconds = ((days * 24 + hour) * 60 + minute - offsetMinutes) * 60 + second;
  return instant(seconds * 1000 + millisecond);
}

/** The number that `count` digits from `at` make, or -1. */
function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const code = text.charCodeAt(i);
    if (!isDigit(code)) return -1;
    value = value * 10 + code - 48;
  }
  return value;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function readOffset(text: string, at: number): number | null {
  const { length } = text;
  if (at === length) return 0;
  const sign = text[at];
  if (sign === 'Z' || sign === 'z') return at + 1 === length ? 0 : null;
  if (sign !== '+' && sign !== '-') return null;
  const hours = digits(text, at + 1, 2);
  if (hours < 0 || hours > 23) return null;
  let minutes = 0;
  if (at + 3 !== length) {
    const minutesAt = text[at + 3] === ':' ? at + 4 : at + 3;
    minutes = digits(text, minutesAt, 2);
    if (minutes < 0 || minutes > 59 || minutesAt + 2 !== length) return null;
  }
  const total = hours * 60 + minutes;
  return sign === '-' ? -total : total;
}

function daysInMonth(month: number, leap: boolean): number {
  if (month === 2) return leap ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days from 1970-01-01 to the first day of the year (proleptic Gregorian). `Date.UTC` takes years below 100 for 19xx. */
function daysBeforeYear(year: number): number {
  const last = year - 1;
  return year * 365 + Math.floor(last / 4) - Math.floor(last / 100) + Math.floor(last / 400) - 719_527;
}

function dayOfYear(month: number, day: number, leap: boolean): number {
  return (DAYS_BEFORE_MONTH[month - 1] as number) + day - 1 + (leap && month > 2 ? 1 : 0);
}
