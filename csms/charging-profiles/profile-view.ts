import type { ChargingProfile, CommandPayload } from '../contract/commands.ts';
import type { ReportedChargingProfile } from '../contract/station-port.ts';
import type { ProfileCriteria, ReportedProfile } from '../persistence/charging-profiles-repository.ts';
import { OUR_SOURCE } from '../persistence/charging-profiles-repository.ts';
import { storableNumber } from '../transactions/claimed-time.ts';

/** A profile of ours in the shape of OCPP 2.0.1 ChargingProfileType, whatever the station speaks. */
export function toChargingProfileType(
  profile: ChargingProfile,
  stationTransactionId: string | undefined,
): Readonly<Record<string, unknown>> {
  const { chargingSchedule, ...rest } = profile;
  return {
    ...rest,
    ...(stationTransactionId === undefined ? {} : { transactionId: stationTransactionId }),
    chargingSchedule: [{ id: profile.id, ...chargingSchedule }],
  };
}

/** What is read of a profile that a station reports; the rest is kept as it is. */
export function readReportedProfile(profile: ReportedChargingProfile): ReportedProfile | undefined {
  const profileId = storableNumber(profile.id);
  if (profileId === undefined) return undefined;
  const { chargingProfilePurpose, stackLevel, transactionId } = profile;
  return {
    profileId,
    purpose: typeof chargingProfilePurpose === 'string' ? chargingProfilePurpose.slice(0, MAX_WORD) : 'Unknown',
    stackLevel:
      typeof stackLevel === 'number' && Number.isInteger(stackLevel) ? (storableNumber(stackLevel) ?? null) : null,
    stationTransactionId: typeof transactionId === 'string' ? transactionId : null,
    profile,
  };
}

/** Words of a protocol are shorter. */
export const MAX_WORD = 50;

/** The profiles that a command asks for or clears. Only our own can be cleared (OCPP 2.0.1 K10). */
export function criteriaOf(
  command:
    | { readonly action: 'get-charging-profiles'; readonly payload: CommandPayload<'get-charging-profiles'> }
    | { readonly action: 'clear-charging-profile'; readonly payload: CommandPayload<'clear-charging-profile'> },
): ProfileCriteria {
  const { evseId, chargingProfilePurpose: purpose, stackLevel } = command.payload;
  const same = { evseId, purpose, stackLevel };
  if (command.action === 'clear-charging-profile') {
    const { chargingProfileId } = command.payload;
    return {
      ...same,
      profileIds: chargingProfileId === undefined ? undefined : [chargingProfileId],
      sources: [OUR_SOURCE],
    };
  }
  const { chargingProfileIds: profileIds, chargingLimitSource: sources } = command.payload;
  return { ...same, profileIds, sources };
}
