import { defineError } from '@voltpile/kernel/errors';
import type { Reservation } from '../contract/tariff.ts';

/** What the vehicle does: `parking` is connected and not asking for energy. A station that gives less than is asked for is charging. */
export type Activity = 'charging' | 'parking' | Reservation;

export interface Reading {
  readonly atMs: number;
  /** Since the start of the session. */
  readonly energyMilliWh: bigint;
  /** They hold from this reading until another one tells something else. */
  readonly powerMilliW?: number;
  readonly currentMicroA?: number;
}

export interface ActivityChange {
  readonly fromMs: number;
  readonly activity: Activity;
}

/** A session as it was measured: no borders of any tariff in it. Times in epoch milliseconds. */
export interface MeteredSession {
  readonly timeZone: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Ascending in time and energy. Before the first one nothing has come; after the last one nothing more. */
  readonly readings: readonly Reading[];
  /** Ascending. Before the first one the vehicle charges. */
  readonly activities: readonly ActivityChange[];
}

export const sessionUnusable = defineError(
  'rating.session_unusable',
  'FailedPrecondition',
  'This session cannot be priced: {problem}.',
);

const LONGEST_MS = 366 * 86_400_000;

/** @throws rating.session_unusable for what cannot have been measured */
export function checkSession({ startMs, endMs, readings, activities }: MeteredSession): void {
  const refuse = (problem: string): never => {
    throw sessionUnusable({ problem });
  };
  if (!Number.isSafeInteger(startMs) || !Number.isSafeInteger(endMs)) refuse('its times are not whole milliseconds');
  if (endMs < startMs) refuse('it ends before it starts');
  if (endMs - startMs > LONGEST_MS) refuse('it lasts longer than a year');
  let [beforeMs, before] = [startMs, 0n];
  for (const { atMs, energyMilliWh } of readings) {
    if (!(atMs >= beforeMs && atMs <= endMs))
      refuse('its readings are not in the order of their times, within the session');
    if (energyMilliWh < before) refuse('its energy decreases');
    [beforeMs, before] = [atMs, energyMilliWh];
  }
  let changeMs = Number.NEGATIVE_INFINITY;
  for (const { fromMs } of activities) {
    if (!(fromMs >= changeMs)) refuse('what the vehicle does is not in the order of time');
    changeMs = fromMs;
  }
}
