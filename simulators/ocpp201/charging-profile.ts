import { instant } from '@voltpile/kernel/clock';
import type { Profile, ProfilePurpose } from '../station/charging-profiles.ts';
import type { ChargingProfile, ChargingProfilePurpose } from './types.ts';

export const PURPOSES: Readonly<Record<ChargingProfilePurpose, ProfilePurpose>> = {
  ChargingStationExternalConstraints: 'external',
  ChargingStationMaxProfile: 'station-max',
  TxDefaultProfile: 'default',
  TxProfile: 'transaction',
};

/** A profile of OCPP 2.0.1 as the station computes with it. Of several schedules (ISO 15118) the first counts. */
export function fromOcpp201Profile(profile: ChargingProfile): Profile {
  const [schedule] = profile.chargingSchedule;
  const time = (text: string | undefined) => (text === undefined ? undefined : instant(Date.parse(text)));
  return {
    id: profile.id,
    level: profile.stackLevel,
    purpose: PURPOSES[profile.chargingProfilePurpose],
    kind: profile.chargingProfileKind,
    recurrency: profile.recurrencyKind,
    validFrom: time(profile.validFrom),
    validTo: time(profile.validTo),
    schedule: {
      start: time(schedule?.startSchedule),
      durationSeconds: schedule?.duration,
      unit: schedule?.chargingRateUnit ?? 'W',
      periods: schedule?.chargingSchedulePeriod ?? [],
    },
  };
}
