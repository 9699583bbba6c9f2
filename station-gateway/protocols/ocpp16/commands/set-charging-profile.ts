import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp16Command } from '../command.ts';
import { fromOcpp16ChargingProfile, toOcpp16ChargingProfile } from '../values/charging-profile.ts';

/** SetChargingProfile (OCPP 1.6 §6.43). A TxProfile names the running transaction by the number that the domain has filled in. */
export const setChargingProfile: Ocpp16Command<'set-charging-profile', 'SetChargingProfile'> = {
  command: 'set-charging-profile',
  action: 'SetChargingProfile',
  toCalls: ({ payload, stationTransactionId }) => [
    {
      connectorId: payload.evseId,
      csChargingProfiles: toOcpp16ChargingProfile(payload.chargingProfile, stationTransactionId),
    },
  ],
  toOutcome: byStatus('Accepted'),
  fromPayload: ({ connectorId, csChargingProfiles }) => ({
    action: 'set-charging-profile',
    payload: { evseId: connectorId, chargingProfile: fromOcpp16ChargingProfile(csChargingProfiles) },
    ...(csChargingProfiles.transactionId === undefined
      ? {}
      : { stationTransactionId: String(csChargingProfiles.transactionId) }),
  }),
};
