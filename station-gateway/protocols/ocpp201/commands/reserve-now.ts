import type { Ocpp201Request } from '@voltpile/ocpp/actions/ocpp201-payloads';
import { withFacts } from '../../ocpp-j/facts.ts';
import { byStatus } from '../../ocpp-j/outcome.ts';
import { toReservationFacts } from '../../ocpp-j/values/answers.ts';
import { NO_REQUEST_ID } from '../../ocpp-j/values/request-id.ts';
import { toUtc } from '../../ocpp-j/values/times.ts';
import type { Ocpp201Command } from '../command.ts';
import { toGroup, toToken } from '../values/token.ts';

type ConnectorType = Ocpp201Request<'ReserveNow'>['connectorType'];

/** ReserveNow (OCPP 2.0.1 Part 2 §1.49; H01). Without an EVSE the station chooses. */
export const reserveNow: Ocpp201Command<'reserve-now', 'ReserveNow'> = {
  command: 'reserve-now',
  action: 'ReserveNow',
  toCalls: ({ payload }) => {
    const { reservationId, evseId, connectorType, idToken, idTokenType, groupIdToken, expiresAt } = payload;
    if (reservationId === undefined) return NO_REQUEST_ID;
    return [
      {
        id: reservationId,
        expiryDateTime: toUtc(expiresAt),
        // A word that 2.0.1 does not have is refused by the schema.
        connectorType: connectorType as ConnectorType | undefined,
        idToken: toToken(idToken, idTokenType),
        evseId: evseId === 0 ? undefined : evseId,
        groupIdToken: toGroup(groupIdToken),
      },
    ];
  },
  toOutcome: withFacts(byStatus('Accepted'), toReservationFacts),
  fromPayload: ({ id, expiryDateTime, connectorType, idToken, evseId, groupIdToken }) => ({
    action: 'reserve-now',
    payload: {
      reservationId: id,
      evseId,
      connectorType,
      idToken: idToken.idToken,
      idTokenType: idToken.type,
      groupIdToken: groupIdToken?.idToken,
      expiresAt: toUtc(expiryDateTime),
    },
  }),
};
