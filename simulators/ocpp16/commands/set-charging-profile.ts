import { fromOcpp16Profile } from '../charging-profile.ts';
import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** SetChargingProfile (OCPP 1.6, 5.16): a TxProfile needs a running transaction, and the right one if it names one. */
export function setChargingProfile(
  station: SimulatedStation16,
  request: CentralRequest<'SetChargingProfile'>,
): CommandAnswer<'SetChargingProfile'> {
  const { connectorId, csChargingProfiles: profile } = request;
  const connector = station.findConnector(connectorId);
  if (connector === undefined) return { response: { status: 'Rejected' } };
  if (profile.chargingProfilePurpose === 'TxProfile') {
    const { transaction } = connector;
    const isOther = profile.transactionId !== undefined && profile.transactionId !== transaction?.transactionId;
    if (transaction === undefined || isOther) return { response: { status: 'Rejected' } };
  }
  const status = station.profiles.set(connectorId, fromOcpp16Profile(profile), profile);
  return { response: { status }, afterwards: () => station.energy.updateAll() };
}
