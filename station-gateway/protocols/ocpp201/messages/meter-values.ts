import type { Ocpp201Message } from '../message.ts';
import { readEvseId } from '../values/evse.ts';
import { readMeterReadings } from '../values/meter-readings.ts';

/** MeterValues (OCPP 2.0.1 Part 2 §1.32; J01): samples of an EVSE, or (0) of the main meter, outside a transaction. */
export const meterValues: Ocpp201Message<'MeterValues'> = {
  action: 'MeterValues',
  isTransactional: true,
  async handle(request, exchange) {
    const evseId = readEvseId(request.evseId);
    if (evseId === undefined) exchange.odd('unreadable:/evseId');
    const readings = readMeterReadings(request.meterValue);
    const newest = readings.at(-1);
    if (newest !== undefined) exchange.observeClock(newest.timestamp);
    await exchange.port.metered({ origin: exchange.origin(), evseId: evseId ?? 0, readings });
    return {};
  },
};
