import { withFacts } from '../../ocpp-j/facts.ts';
import { byStatus } from '../../ocpp-j/outcome.ts';
import { toReservationFacts } from '../../ocpp-j/values/answers.ts';
import { NO_REQUEST_ID } from '../../ocpp-j/values/request-id.ts';
import { toUtc } from '../../ocpp-j/values/times.ts';
import type { Ocpp16Command } from '../command.ts';

/** ReserveNow (OCPP 1.6 §6.37). Connector 0 leaves the choice of the connector to the station. */
export const reserveNow: Ocpp16Command<'reserve-now', 'ReserveNow'> = {
  command: 'reserve-now',
  action: 'ReserveNow',
  toCalls: ({ payload }) => {
    const { reservationId } = payload;
    if (reservationId === undefined) return NO_REQUEST_ID;
    if (payload.connectorType !== undefined) return { unsendable: 'OCPP 1.6 reserves no type of connector.' };
    return [
      {
        connectorId: payload.evseId ?? 0,
        expiryDate: toUtc(payload.expiresAt),
        idTag: payload.idToken,
        parentIdTag: payload.groupIdToken,
        reservationId,
      },
    ];
  },
  toOutcome: withFacts(byStatus('Accepted'), toReservationFacts),
  fromPayload: ({ connectorId, expiryDate, idTag, parentIdTag, reservationId }) => ({
    action: 'reserve-now',
    payload: {
      reservationId,
      evseId: connectorId,
      idToken: idTag,
      groupIdToken: parentIdTag,
      expiresAt: toUtc(expiryDate),
    },
  }),
};
