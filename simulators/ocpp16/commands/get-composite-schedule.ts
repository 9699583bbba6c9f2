import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** GetCompositeSchedule (OCPP 1.6, 5.7); connector 0 is the whole station. */
export function getCompositeSchedule(
  station: SimulatedStation16,
  request: CentralRequest<'GetCompositeSchedule'>,
): CommandAnswer<'GetCompositeSchedule'> {
  const { connectorId, duration, chargingRateUnit = 'W' } = request;
  const connector = station.findConnector(connectorId);
  if (connector === undefined) return { response: { status: 'Rejected' } };
  const now = station.clock.now();
  const capacityW = station.maxPowerW * (connectorId === 0 ? station.chargingConnectors.length : 1);
  const { durationSeconds, periods } = station.profiles.composite(
    connectorId,
    now,
    duration,
    chargingRateUnit,
    connector.transaction,
    capacityW,
  );
  const scheduleStart = station.clock.write(now);
  const chargingSchedule = { duration: durationSeconds, chargingRateUnit, chargingSchedulePeriod: periods };
  return { response: { status: 'Accepted', connectorId, scheduleStart, chargingSchedule } };
}
