import { toIso } from '@voltpile/kernel/clock';
import { asFields, readName } from '../../ocpp-j/values/fields.ts';
import type { Ocpp201Message } from '../message.ts';

/** BootNotification (OCPP 2.0.1 Part 2 §1.2; B01–B03): the station has started and says what it is. */
export const bootNotification: Ocpp201Message<'BootNotification'> = {
  action: 'BootNotification',
  isTransactional: false,
  async handle(request, exchange) {
    const station = asFields(request.chargingStation);
    const modem = asFields(station.modem);
    const decision = await exchange.port.booted({
      origin: exchange.origin(),
      vendor: readName(station.vendorName) ?? null,
      model: readName(station.model) ?? null,
      serialNumber: readName(station.serialNumber) ?? null,
      firmwareVersion: readName(station.firmwareVersion) ?? null,
      iccid: readName(modem.iccid) ?? null,
      imsi: readName(modem.imsi) ?? null,
      meterType: null,
      meterSerialNumber: null,
      reason: readName(request.reason),
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
