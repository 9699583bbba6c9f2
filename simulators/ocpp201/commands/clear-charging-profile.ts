import { PURPOSES } from '../charging-profile.ts';
import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** ClearChargingProfile (OCPP 2.0.1, K10): removes what matches all criteria given; limits from outside are not the central system's. */
export function clearChargingProfile(
  station: SimulatedStation201,
  request: CentralRequest<'ClearChargingProfile'>,
): CommandAnswer<'ClearChargingProfile'> {
  const { chargingProfileId, chargingProfileCriteria: criteria } = request;
  const removed = station.profiles.clear(({ connectorId, profile }) => {
    if (profile.purpose === 'external') return false;
    if (chargingProfileId !== undefined) return profile.id === chargingProfileId;
    return (
      (criteria?.evseId === undefined || criteria.evseId === connectorId) &&
      (criteria?.chargingProfilePurpose === undefined ||
        PURPOSES[criteria.chargingProfilePurpose] === profile.purpose) &&
      (criteria?.stackLevel === undefined || criteria.stackLevel === profile.level)
    );
  });
  return { response: { status: removed ? 'Accepted' : 'Unknown' }, afterwards: () => station.energy.updateAll() };
}
