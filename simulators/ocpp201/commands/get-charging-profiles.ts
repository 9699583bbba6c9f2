import { PURPOSES } from '../charging-profile.ts';
import { reportChargingProfiles } from '../messages/report-charging-profiles.ts';
import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** GetChargingProfiles (OCPP 2.0.1, K09). */
export function getChargingProfiles(
  station: SimulatedStation201,
  request: CentralRequest<'GetChargingProfiles'>,
): CommandAnswer<'GetChargingProfiles'> {
  const { requestId, evseId, chargingProfile: criteria } = request;
  const { chargingProfileId, chargingLimitSource, chargingProfilePurpose, stackLevel } = criteria;
  const found = station.profiles.list(
    ({ connectorId, profile, original }) =>
      (evseId === undefined || evseId === connectorId) &&
      (chargingProfileId === undefined || chargingProfileId.includes(profile.id)) &&
      (chargingLimitSource === undefined || chargingLimitSource.includes(original.source)) &&
      (chargingProfilePurpose === undefined || PURPOSES[chargingProfilePurpose] === profile.purpose) &&
      (stackLevel === undefined || stackLevel === profile.level),
  );
  if (found.length === 0) return { response: { status: 'NoProfiles' } };
  const groups = Map.groupBy(found, ({ connectorId, original }) => `${connectorId}/${original.source}`);
  const reports = [...groups.values()].map((group) => ({
    evseId: group[0]?.connectorId ?? 0,
    source: group[0]?.original.source ?? 'CSO',
    profiles: group.map(({ original }) => original.profile),
  }));
  return {
    response: { status: 'Accepted' },
    afterwards: () => void reportChargingProfiles(station, requestId, reports).catch(() => undefined),
  };
}
