import { readInteger } from '../../ocpp-j/values/fields.ts';
import type { Ocpp16Message } from '../message.ts';
import { readConnector } from '../values/connectors.ts';
import { readMeterReadings } from '../values/meter-readings.ts';

/** MeterValues (OCPP 1.6 §6.31): samples, of a transaction or of a connector at rest. */
export const meterValues: Ocpp16Message<'MeterValues'> = {
  action: 'MeterValues',
  isTransactional: true,
  async handle(request, exchange) {
    const evse = readConnector(request.connectorId);
    if (evse === undefined) exchange.odd('unreadable:/connectorId');
    // Our numbers are positive: stations write 0 or -1 for "no transaction".
    const transactionId = readInteger(request.transactionId, 1, Number.MAX_SAFE_INTEGER);
    const readings = readMeterReadings(request.meterValue);
    const newest = readings.at(-1);
    if (newest !== undefined) exchange.observeClock(newest.timestamp);
    await exchange.port.metered({
      origin: exchange.origin(),
      evseId: evse?.evseId ?? 0,
      stationTransactionId: transactionId === undefined ? undefined : String(transactionId),
      readings,
    });
    return {};
  },
};
