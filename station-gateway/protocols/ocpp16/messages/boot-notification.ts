import { toIso } from '@voltpile/kernel/clock';
import { readName } from '../../ocpp-j/values/fields.ts';
import type { Ocpp16Message } from '../message.ts';

/** BootNotification (OCPP 1.6 §6.3): the station has started and says what it is. */
export const bootNotification: Ocpp16Message<'BootNotification'> = {
  action: 'BootNotification',
  isTransactional: false,
  async handle(request, exchange) {
    const decision = await exchange.port.booted({
      origin: exchange.origin(),
      vendor: readName(request.chargePointVendor) ?? null,
      model: readName(request.chargePointModel) ?? null,
      // chargeBoxSerialNumber is what older stations send in place of chargePointSerialNumber.
      serialNumber: readName(request.chargePointSerialNumber) ?? readName(request.chargeBoxSerialNumber) ?? null,
      firmwareVersion: readName(request.firmwareVersion) ?? null,
      iccid: readName(request.iccid) ?? null,
      imsi: readName(request.imsi) ?? null,
      meterType: readName(request.meterType) ?? null,
      meterSerialNumber: readName(request.meterSerialNumber) ?? null,
    });
    exchange.context.heartbeatIntervalTold(decision.intervalSeconds);
    exchange.context.conversation.registrationStatus = decision.status;
    return {
      status: decision.status,
      currentTime: toIso(decision.currentTime),
      interval: decision.intervalSeconds,
    };
  },
};
