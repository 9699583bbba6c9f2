import { fromOcpp201Profile } from '../charging-profile.ts';
import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** SetChargingProfile (OCPP 2.0.1, K01): a TxProfile belongs to a running transaction, and limits from outside are not the central system's. */
export function setChargingProfile(
  station: SimulatedStation201,
  request: CentralRequest<'SetChargingProfile'>,
): CommandAnswer<'SetChargingProfile'> {
  const { evseId, chargingProfile: profile } = request;
  const connector = station.findConnector(evseId);
  const isOurs = profile.chargingProfilePurpose !== 'ChargingStationExternalConstraints';
  if (connector === undefined || !isOurs) return { response: { status: 'Rejected' } };
  if (profile.chargingProfilePurpose === 'TxProfile') {
    const { transaction } = connector;
    const isThis = transaction !== undefined && transaction.transactionId === profile.transactionId;
    if (!isThis) return { response: { status: 'Rejected' } };
  }
  const status = station.profiles.set(evseId, fromOcpp201Profile(profile), { profile, source: 'CSO' });
  return { response: { status }, afterwards: () => station.energy.updateAll() };
}
