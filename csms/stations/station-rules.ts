import { defineError } from '@voltpile/kernel/errors';
import type { StationInput } from '../contract/operator-ports.ts';

export const invalidStation = defineError(
  'station.invalid',
  'InvalidArgument',
  'The station cannot be stored: {field} must be {expected}.',
);

const MAX_IDENTITY_LENGTH = 128;
const MAX_RATED_POWER_W = 100_000_000;
/** Which protocols there are is the gateways' business. */
const PROTOCOL = /^[a-z][a-z0-9.-]{0,31}$/;
const SECONDS_A_DAY = 86_400;

/**
 * Checks a station's identity: what a station can put into its URL and give as its user name. Case matters. `.` and `..` mean something else
 * in a URL: clients remove them, percent-encoded or not.
 *
 * @throws InvalidArgument `station.invalid`
 */
export function checkIdentity(identity: string): void {
  const printable = identity.isWellFormed() && !/[\p{Cc}\u2028\u2029]/u.test(identity) && identity.trim() === identity;
  const isDots = identity === '.' || identity === '..';
  if (!printable || isDots || identity.length < 1 || identity.length > MAX_IDENTITY_LENGTH) {
    throw invalidStation({
      field: 'id',
      expected: `1 to ${MAX_IDENTITY_LENGTH} characters without control characters or blanks at its ends, not . or ..`,
    });
  }
}

/**
 * Checks the facts that an operator may set.
 *
 * @throws InvalidArgument `station.invalid`
 */
export function checkStationFacts(
  input: Pick<StationInput, 'registrationStatus' | 'heartbeatIntervalSeconds' | 'ratedPowerW' | 'defaultProtocol'>,
): void {
  const { registrationStatus, heartbeatIntervalSeconds, ratedPowerW, defaultProtocol } = input;
  if (registrationStatus !== undefined && !['Accepted', 'Pending', 'Rejected'].includes(registrationStatus)) {
    throw invalidStation({ field: 'registrationStatus', expected: 'Accepted, Pending or Rejected' });
  }
  if (!isAbsentOrWithin(heartbeatIntervalSeconds, SECONDS_A_DAY)) {
    throw invalidStation({ field: 'heartbeatIntervalSeconds', expected: `a whole number from 1 to ${SECONDS_A_DAY}` });
  }
  if (typeof defaultProtocol === 'string' && !PROTOCOL.test(defaultProtocol)) {
    throw invalidStation({ field: 'defaultProtocol', expected: 'the name of a protocol, as stations name it' });
  }
  if (!isAbsentOrWithin(ratedPowerW, MAX_RATED_POWER_W)) {
    throw invalidStation({ field: 'ratedPowerW', expected: `a whole number from 1 to ${MAX_RATED_POWER_W}` });
  }
}

function isAbsentOrWithin(value: number | null | undefined, max: number): boolean {
  return value === undefined || value === null || (Number.isInteger(value) && value >= 1 && value <= max);
}
