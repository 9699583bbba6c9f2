import { readDecimal, readInteger, readName, readTime } from '../../ocpp-j/values/fields.ts';
import type { Ocpp16Message } from '../message.ts';
import { toIdTagInfo } from '../values/id-tag-info.ts';
import { readMeterReadings } from '../values/meter-readings.ts';
import { toStopReason } from '../values/stop-reasons.ts';

/** StopTransaction (OCPP 1.6 §6.49): charging has ended. Always answered, also for a transaction that nobody knows. */
export const stopTransaction: Ocpp16Message<'StopTransaction'> = {
  action: 'StopTransaction',
  isTransactional: true,
  async handle(request, exchange) {
    // Handed on as it is, also 0 and -1, which stations send when a start was never answered.
    const transactionId = readInteger(request.transactionId, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    if (transactionId === undefined) exchange.odd('unreadable:/transactionId');
    const idTag = readName(request.idTag);
    const timestamp = readTime(request.timestamp);
    exchange.observeClock(timestamp);
    const decision = await exchange.port.transactionEnded({
      origin: exchange.origin(),
      stationTransactionId: transactionId === undefined ? undefined : String(transactionId),
      idToken: idTag === undefined ? undefined : { value: idTag },
      timestamp,
      meterWh: readDecimal(request.meterStop),
      stopReason: toStopReason(readName(request.reason)),
      readings: readMeterReadings(request.transactionData),
    });
    return idTag === undefined || decision.idTokenInfo === undefined
      ? {}
      : { idTagInfo: toIdTagInfo(decision.idTokenInfo) };
  },
};
