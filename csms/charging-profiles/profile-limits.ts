import type { Knex } from 'knex';
import type { StationKey } from '../contract/ids.ts';

/** What a station takes of a charging profile, as far as it has told. What is absent is not known, and not checked. */
export interface ProfileLimits {
  readonly maxStackLevel?: number | undefined;
  readonly rateUnits?: readonly ('W' | 'A')[] | undefined;
  readonly maxPeriods?: number | undefined;
}

/** Finds what a station has told about its limits. */
export type FindProfileLimits = (db: Knex, station: StationKey) => Promise<ProfileLimits>;

/** For a station of which nothing is known. */
export const UNKNOWN_LIMITS: ProfileLimits = {};

/** The values of the variables that tell the limits; absent what the station has not told. */
export interface LimitVariables {
  readonly maxStackLevel?: string | undefined;
  readonly rateUnits?: string | undefined;
  readonly maxPeriods?: string | undefined;
}

/**
 * Reads the limits from a station's own variables: OCPP 2.0.1 Part 2 §2.6 (SmartChargingCtrlr: ProfileStackLevel, RateUnit `A,W`,
 * PeriodsPerSchedule), OCPP 1.6 §9.4 (ChargeProfileMaxStackLevel, ChargingScheduleAllowedChargingRateUnit `Current,Power`,
 * ChargingScheduleMaxPeriods). What cannot be read is not known.
 */
export function readProfileLimits(variables: LimitVariables): ProfileLimits {
  const units = new Set(
    (variables.rateUnits ?? '').split(',').flatMap((word) => UNITS.get(word.trim().toLowerCase()) ?? []),
  );
  return {
    maxStackLevel: readCount(variables.maxStackLevel),
    rateUnits: units.size === 0 ? undefined : [...units],
    // A station that takes no period at all takes no profile: that is no limit but a mistake.
    maxPeriods: readCount(variables.maxPeriods) || undefined,
  };
}

const UNITS: ReadonlyMap<string, 'W' | 'A'> = new Map([
  ['a', 'A'],
  ['current', 'A'],
  ['w', 'W'],
  ['power', 'W'],
]);

function readCount(value: string | undefined): number | undefined {
  return value !== undefined && /^\s*\d{1,9}\s*$/.test(value) ? Number(value) : undefined;
}
