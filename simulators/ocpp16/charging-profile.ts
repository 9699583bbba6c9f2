import { instant } from '@voltpile/kernel/clock';
import type { Profile, ProfilePurpose } from '../station/charging-profiles.ts';
import type { ChargingProfile, ChargingProfilePurpose } from './types.ts';

export const PURPOSES: Readonly<Record<ChargingProfilePurpose, ProfilePurpose>> = {
  ChargePointMaxProfile: 'station-max',
  TxDefaultProfile: 'default',
  TxProfile: 'transaction',
};

/** A profile of OCPP 1.6 (7.8) as the station computes with it. */
export function fromOcpp16Profile(profile: ChargingProfile): Profile {
  const { chargingSchedule: schedule } = profile;
  const time = (text: string | undefined) => (text === undefined ? undefined : instant(Date.parse(text)));
  return {
    id: profile.chargingProfileId,
    level: profile.stackLevel,
    purpose: PURPOSES[profile.chargingProfilePurpose],
    kind: profile.chargingProfileKind,
    recurrency: profile.recurrencyKind,
    validFrom: time(profile.validFrom),
    validTo: time(profile.validTo),
    schedule: {
      start: time(schedule.startSchedule),
      durationSeconds: schedule.duration,
      unit: schedule.chargingRateUnit,
      periods: schedule.chargingSchedulePeriod,
    },
  };
}
