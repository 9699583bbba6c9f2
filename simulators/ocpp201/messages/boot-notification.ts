import type { BootCause } from '../../station/simulated-station.ts';
import type { SimulatedStation201 } from '../station.ts';
import type { StationRequest, StationResponse } from '../types.ts';

const REASONS: Readonly<Record<BootCause, StationRequest<'BootNotification'>['reason']>> = {
  'power-up': 'PowerUp',
  triggered: 'Triggered',
  somebody: 'LocalReset',
  command: 'RemoteReset',
  firmware: 'FirmwareUpdate',
};

/** BootNotification (OCPP 2.0.1, B01): the one message that goes out unasked before the station is accepted. */
export function bootNotification(
  station: SimulatedStation201,
  cause: BootCause,
): Promise<StationResponse<'BootNotification'>> {
  const { vendor, model, serialNumber, iccid, imsi } = station.facts;
  const hasModem = iccid !== undefined || imsi !== undefined;
  return station.call(
    'BootNotification',
    {
      reason: REASONS[cause],
      chargingStation: {
        vendorName: vendor,
        model,
        serialNumber,
        firmwareVersion: station.firmware.version,
        ...(hasModem
          ? { modem: { ...(iccid === undefined ? {} : { iccid }), ...(imsi === undefined ? {} : { imsi }) } }
          : {}),
      },
    },
    { beforeAccepted: true },
  );
}
