import type { SimulatedStation16 } from '../station.ts';
import type { StationResponse } from '../types.ts';

/** BootNotification (OCPP 1.6, 4.2): the one message that goes out before the station is accepted. */
export function bootNotification(station: SimulatedStation16): Promise<StationResponse<'BootNotification'>> {
  const { vendor, model, serialNumber, chargeBoxSerialNumber, iccid, imsi, meterType, meterSerialNumber } =
    station.facts;
  const optional = { chargeBoxSerialNumber, iccid, imsi, meterType, meterSerialNumber };
  return station.call(
    'BootNotification',
    {
      chargePointVendor: vendor,
      chargePointModel: model,
      chargePointSerialNumber: serialNumber,
      firmwareVersion: station.firmware.version,
      // The schema knows no null: what a model does not have is left out.
      ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    },
    { beforeAccepted: true },
  );
}
