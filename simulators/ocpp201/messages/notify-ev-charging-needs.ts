import type { SimulatedStation201 } from '../station.ts';
import type { Connector } from '../transaction.ts';
import type { StationResponse } from '../types.ts';

const NOMINAL_VOLTAGE = 230;
const MIN_CURRENT_A = 6;
const WH_PER_MILLIJOULE = 1 / 3_600_000;

/** NotifyEVChargingNeeds (OCPP 2.0.1, K15): what the plugged car would take. @param departureTime RFC 3339 */
export function notifyEvChargingNeeds(
  station: SimulatedStation201,
  connector: Connector,
  departureTime: string | undefined,
): Promise<StationResponse<'NotifyEVChargingNeeds'>> {
  const { vehicle } = connector;
  const { phases } = station;
  const maxPowerW = vehicle?.maxPowerW ?? 0;
  return station.call('NotifyEVChargingNeeds', {
    evseId: connector.id,
    maxScheduleTuples: station.device.integer('SmartChargingCtrlr.PeriodsPerSchedule'),
    chargingNeeds: {
      requestedEnergyTransfer: phases === 3 ? 'AC_three_phase' : 'AC_single_phase',
      ...(departureTime === undefined ? {} : { departureTime }),
      acChargingParameters: {
        energyAmount: Math.round((vehicle?.missingMillijoules ?? 0) * WH_PER_MILLIJOULE),
        evMinCurrent: MIN_CURRENT_A,
        evMaxCurrent: Math.floor(maxPowerW / (NOMINAL_VOLTAGE * phases)),
        evMaxVoltage: NOMINAL_VOLTAGE,
      },
    },
  });
}
