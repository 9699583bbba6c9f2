import { asFields, asList, readName } from '../../ocpp-j/values/fields.ts';
import type { Ocpp201Message } from '../message.ts';
import { readEvseId } from '../values/evse.ts';

/** NotifyChargingLimit (OCPP 2.0.1 Part 2 §1.33; K12): somebody else than we limits the charging. */
export const notifyChargingLimit: Ocpp201Message<'NotifyChargingLimit'> = {
  action: 'NotifyChargingLimit',
  isTransactional: false,
  async handle(request, exchange) {
    const limit = asFields(request.chargingLimit);
    const source = readName(limit.chargingLimitSource);
    if (source === undefined) return null;
    const { isGridCritical } = limit;
    await exchange.port.chargingLimitChanged({
      origin: exchange.origin(),
      source,
      evseId: readEvseId(request.evseId),
      cleared: false,
      gridCritical: typeof isGridCritical === 'boolean' ? isGridCritical : undefined,
      schedules: asList(request.chargingSchedule).map(asFields),
    });
    return {};
  },
};
