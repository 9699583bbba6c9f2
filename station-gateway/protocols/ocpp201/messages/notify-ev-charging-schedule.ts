import { asFields, readTime } from '../../ocpp-j/values/fields.ts';
import type { Ocpp201Message } from '../message.ts';
import { readEvseId } from '../values/evse.ts';

/** NotifyEVChargingSchedule (OCPP 2.0.1 Part 2 §1.37; K17): the schedule that a car has chosen. */
export const notifyEvChargingSchedule: Ocpp201Message<'NotifyEVChargingSchedule'> = {
  action: 'NotifyEVChargingSchedule',
  isTransactional: false,
  async handle(request, exchange) {
    const evseId = readEvseId(request.evseId);
    if (evseId === undefined || evseId === 0) return null;
    const { status } = await exchange.port.chargingScheduleReported({
      origin: exchange.origin(),
      evseId,
      timeBase: readTime(request.timeBase),
      schedule: asFields(request.chargingSchedule),
    });
    return { status: status === 'accepted' ? 'Accepted' : 'Rejected' };
  },
};
