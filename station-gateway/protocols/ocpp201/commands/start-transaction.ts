import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp201Command } from '../command.ts';
import { fromOcpp201ChargingProfile, toOcpp201ChargingProfile } from '../values/charging-profile.ts';
import { toGroup, toToken } from '../values/token.ts';

const ONE_EVSE = 'One start is for one EVSE here.';

/** RequestStartTransaction (OCPP 2.0.1 Part 2 §1.46; F01, F02). The station repeats the number of the request in its report of the start. */
export const startTransaction: Ocpp201Command<'start-transaction', 'RequestStartTransaction'> = {
  command: 'start-transaction',
  action: 'RequestStartTransaction',
  toCalls: ({ payload, remoteStartId }) =>
    remoteStartId === undefined || payload.parallelEvseIds !== undefined
      ? { unsendable: remoteStartId === undefined ? 'The start has no number.' : ONE_EVSE }
      : [
          {
            evseId: payload.evseId,
            remoteStartId,
            idToken: toToken(payload.idToken, payload.idTokenType),
            groupIdToken: toGroup(payload.groupIdToken),
            chargingProfile: payload.chargingProfile && toOcpp201ChargingProfile(payload.chargingProfile),
          },
        ],
  toOutcome: byStatus('Accepted'),
  fromPayload: ({ evseId, remoteStartId, idToken, groupIdToken, chargingProfile }) => ({
    action: 'start-transaction',
    payload: {
      evseId,
      idToken: idToken.idToken,
      idTokenType: idToken.type,
      groupIdToken: groupIdToken?.idToken,
      chargingProfile: chargingProfile && fromOcpp201ChargingProfile(chargingProfile),
    },
    remoteStartId,
  }),
};
