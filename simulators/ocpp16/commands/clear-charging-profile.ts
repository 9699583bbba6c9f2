import type { SimulatedStation } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** ClearChargingProfile (OCPP 1.6, 5.6): removes what matches all criteria given, everything without criteria. */
export function clearChargingProfile(
  station: SimulatedStation,
  request: CentralRequest<'ClearChargingProfile'>,
): CommandAnswer<'ClearChargingProfile'> {
  const removed = station.profiles.clear(request);
  return { response: { status: removed ? 'Accepted' : 'Unknown' }, afterwards: () => station.charging.updateAll() };
}
