import { readName } from '../../ocpp-j/values/fields.ts';
import type { Ocpp201Message } from '../message.ts';
import { readEvseId } from '../values/evse.ts';

/** ClearedChargingLimit (OCPP 2.0.1 Part 2 §1.10; K13): a limit that somebody else had set is gone. */
export const clearedChargingLimit: Ocpp201Message<'ClearedChargingLimit'> = {
  action: 'ClearedChargingLimit',
  isTransactional: false,
  async handle(request, exchange) {
    const source = readName(request.chargingLimitSource);
    if (source === undefined) return null;
    const evseId = readEvseId(request.evseId);
    await exchange.port.chargingLimitChanged({ origin: exchange.origin(), source, evseId, cleared: true });
    return {};
  },
};
