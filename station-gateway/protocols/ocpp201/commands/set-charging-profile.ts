import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp201Command } from '../command.ts';
import { fromOcpp201ChargingProfile, toOcpp201ChargingProfile } from '../values/charging-profile.ts';

/** SetChargingProfile (OCPP 2.0.1 Part 2 §1.52; K01). A TxProfile names the running transaction, which the domain has filled in. */
export const setChargingProfile: Ocpp201Command<'set-charging-profile', 'SetChargingProfile'> = {
  command: 'set-charging-profile',
  action: 'SetChargingProfile',
  toCalls: ({ payload, stationTransactionId }) => [
    {
      evseId: payload.evseId,
      chargingProfile: toOcpp201ChargingProfile(payload.chargingProfile, stationTransactionId),
    },
  ],
  toOutcome: byStatus('Accepted'),
  fromPayload: ({ evseId, chargingProfile }) => ({
    action: 'set-charging-profile',
    payload: { evseId, chargingProfile: fromOcpp201ChargingProfile(chargingProfile) },
    ...(chargingProfile.transactionId === undefined ? {} : { stationTransactionId: chargingProfile.transactionId }),
  }),
};
