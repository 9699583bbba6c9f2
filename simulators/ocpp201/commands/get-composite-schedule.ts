import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** GetCompositeSchedule (OCPP 2.0.1, K08); EVSE 0 is the whole station. */
export function getCompositeSchedule(
  station: SimulatedStation201,
  request: CentralRequest<'GetCompositeSchedule'>,
): CommandAnswer<'GetCompositeSchedule'> {
  const { evseId, duration, chargingRateUnit = 'W' } = request;
  const connector = station.findConnector(evseId);
  if (connector === undefined) return { response: { status: 'Rejected' } };
  const now = station.clock.now();
  const capacityW = station.maxPowerW * (evseId === 0 ? station.chargingConnectors.length : 1);
  const { durationSeconds, periods } = station.profiles.composite(
    evseId,
    now,
    duration,
    chargingRateUnit,
    station.profileContext(connector),
    capacityW,
  );
  const schedule = {
    evseId,
    duration: durationSeconds,
    scheduleStart: station.clock.write(now),
    chargingRateUnit,
    chargingSchedulePeriod: periods as NonNullable<
      CommandAnswer<'GetCompositeSchedule'>['response']['schedule']
    >['chargingSchedulePeriod'],
  };
  return { response: { status: 'Accepted', schedule } };
}
