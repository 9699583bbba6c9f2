import type { Invalid } from '@voltpile/ocpp/validator';

const MAX_ODDITIES = 10;
const MAX_LENGTH = 120;
/** More problems than this are repetitions of the first ones. */
const MAX_PROBLEMS_READ = 1000;

/**
 * What a message's schema has against it, as flags: `schema:/meterValue[]/timestamp is missing`. List positions are left out, so that
 * a fault that every sample has is one flag; at most ten.
 */
export function toOddities(invalid: Invalid): string[] {
  const oddities = new Set<string>();
  for (const { path, message } of invalid.problems.slice(0, MAX_PROBLEMS_READ)) {
    oddities.add(`schema:${path.replace(/\/\d+(?=\/|$)/g, '[]')} ${message}`.slice(0, MAX_LENGTH));
    if (oddities.size === MAX_ODDITIES) break;
  }
  return [...oddities];
}
