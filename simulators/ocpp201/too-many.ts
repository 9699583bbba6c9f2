import { commandError } from '../ocpp-j/wire.ts';

/** Refuses a command with more items than the device model says that one may hold (OCPP 2.0.1, B05.FR.11 and B06.FR.16). */
export function tooMany(count: number, limit: number): void {
  if (count > limit) throw commandError('OccurrenceConstraintViolation', `at most ${limit} items`);
}
