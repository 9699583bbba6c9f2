import type { Instant } from '@voltpile/kernel/clock';
import type { ChargingCurve } from '../contract/charging-curves-port.ts';

/** How a charge was at a time, in the words of {@link import('../contract/station-port.ts').ChargingState}. */
export interface ToldState {
  readonly at: Instant;
  readonly state: string;
}

type Activity = ChargingCurve['activities'][number];

/** A station that gives less than is asked for, or nothing, is charging all the same. */
const CHARGING: ReadonlySet<string> = new Set(['Charging', 'SuspendedEVSE']);

/**
 * What the vehicle does, from when on. Until energy flows for the first time it charges, whatever is told: it waits for the station. Afterwards it
 * parks where it asks for no energy: because it wants none (SuspendedEV), because the charge is over (EVConnected), or because it is gone (Idle).
 *
 * @param states in order of time
 * @param firstEnergyAt when energy was read first; null: not yet
 * @param end of the charge; null while it runs
 */
export function curveActivities(
  states: readonly ToldState[],
  firstEnergyAt: Instant | null,
  end: Instant | null,
): Activity[] {
  const firstCharging = states.find(({ state }) => CHARGING.has(state))?.at ?? null;
  const begun = [firstCharging, firstEnergyAt].reduce<Instant | null>(
    (earliest, at) => (earliest === null || (at !== null && at < earliest) ? at : earliest),
    null,
  );
  const activities: Activity[] = [];
  if (begun === null) return activities;
  for (const { at, state } of states) {
    if (at < begun || (end !== null && at >= end)) continue;
    const activity = CHARGING.has(state) ? 'charging' : 'parking';
    const before = activities.at(-1);
    if (before?.from === at) activities.pop();
    if ((activities.at(-1)?.activity ?? 'charging') !== activity) activities.push({ from: at, activity });
  }
  return activities;
}
