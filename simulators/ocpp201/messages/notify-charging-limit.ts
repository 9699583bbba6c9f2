import type { SimulatedStation201 } from '../station.ts';
import type { ChargingLimitSource, ChargingProfile } from '../types.ts';

/** NotifyChargingLimit (OCPP 2.0.1, K12): somebody else than the central system limits the charging. @param evseId 0: everywhere */
export function notifyChargingLimit(
  station: SimulatedStation201,
  evseId: number,
  source: ChargingLimitSource,
  profile: ChargingProfile,
): void {
  const withSchedule = station.device.flag('SmartChargingCtrlr.NotifyChargingLimitWithSchedules');
  station.notify('NotifyChargingLimit', {
    chargingLimit: { chargingLimitSource: source, isGridCritical: source === 'SO' },
    ...(evseId === 0 ? {} : { evseId }),
    ...(withSchedule ? { chargingSchedule: profile.chargingSchedule } : {}),
  });
}
