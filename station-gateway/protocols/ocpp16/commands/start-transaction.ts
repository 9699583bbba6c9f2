import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp16Command } from '../command.ts';
import { fromOcpp16ChargingProfile, toOcpp16ChargingProfile } from '../values/charging-profile.ts';

/** RemoteStartTransaction (OCPP 1.6 §6.33). */
export const startTransaction: Ocpp16Command<'start-transaction', 'RemoteStartTransaction'> = {
  command: 'start-transaction',
  action: 'RemoteStartTransaction',
  toCalls: ({ payload }) =>
    payload.parallelEvseIds === undefined
      ? [
          {
            connectorId: payload.evseId,
            idTag: payload.idToken,
            chargingProfile: payload.chargingProfile && toOcpp16ChargingProfile(payload.chargingProfile),
          },
        ]
      : { unsendable: 'One start is for one connector here.' },
  toOutcome: byStatus('Accepted'),
  fromPayload: ({ connectorId, idTag, chargingProfile }) => ({
    action: 'start-transaction',
    payload: {
      evseId: connectorId,
      idToken: idTag,
      chargingProfile: chargingProfile && fromOcpp16ChargingProfile(chargingProfile),
    },
  }),
};
