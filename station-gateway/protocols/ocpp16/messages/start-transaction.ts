import { internalError } from '@voltpile/kernel/errors';
import { readDecimal, readName, readTime } from '../../ocpp-j/values/fields.ts';
import { readRequestId } from '../../ocpp-j/values/request-id.ts';
import type { Ocpp16Message } from '../message.ts';
import { readConnector } from '../values/connectors.ts';
import { toIdTagInfoOfStart } from '../values/id-tag-info.ts';

/** StartTransaction (OCPP 1.6 §6.45): charging has begun. Always answered with a transaction id, also for a tag that is refused. */
export const startTransaction: Ocpp16Message<'StartTransaction'> = {
  action: 'StartTransaction',
  isTransactional: true,
  async handle(request, exchange) {
    const evse = readConnector(request.connectorId);
    if (evse === undefined) exchange.odd('unreadable:/connectorId');
    const idTag = readName(request.idTag);
    const timestamp = readTime(request.timestamp);
    exchange.observeClock(timestamp);
    const decision = await exchange.port.transactionStarted({
      origin: exchange.origin(),
      evse,
      idToken: idTag === undefined ? undefined : { value: idTag },
      timestamp,
      meterWh: readDecimal(request.meterStart),
      readings: [],
      reservationId: readRequestId(request.reservationId),
    });
    // 0 or nothing would break firmware; without an answer the station asks again.
    const transactionId = Number(decision.stationTransactionId ?? Number.NaN);
    if (!(transactionId > 0)) throw internalError({}, new Error('the port gave a start no transaction number'));
    return { transactionId, idTagInfo: toIdTagInfoOfStart(decision.idTokenInfo) };
  },
};
