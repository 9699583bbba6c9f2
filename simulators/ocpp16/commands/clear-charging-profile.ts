import { PURPOSES } from '../charging-profile.ts';
import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** ClearChargingProfile (OCPP 1.6, 5.6): removes what matches all criteria given, everything without criteria. */
export function clearChargingProfile(
  station: SimulatedStation16,
  request: CentralRequest<'ClearChargingProfile'>,
): CommandAnswer<'ClearChargingProfile'> {
  const { id, connectorId, chargingProfilePurpose: purpose, stackLevel } = request;
  const removed = station.profiles.clear((installed) => {
    const { profile } = installed;
    if (id !== undefined) return profile.id === id;
    return (
      (connectorId === undefined || connectorId === installed.connectorId) &&
      (purpose === undefined || PURPOSES[purpose] === profile.purpose) &&
      (stackLevel === undefined || stackLevel === profile.level)
    );
  });
  return { response: { status: removed ? 'Accepted' : 'Unknown' }, afterwards: () => station.energy.updateAll() };
}
