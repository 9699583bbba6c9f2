import { toIso } from '@voltpile/kernel/clock';
import { parseOcppDateTime } from '@voltpile/ocpp/date-time';

/** A time in UTC with `Z`, the one form that every station reads. Text that is no time stays as it is, for the schema to refuse. */
export function toUtc(text: string): string {
  const at = parseOcppDateTime(text);
  return at === null ? text : toIso(at);
}

/** The same for a time that may be absent. */
export function toUtcIfGiven(text: string | undefined): string | undefined {
  return text === undefined ? undefined : toUtc(text);
}
