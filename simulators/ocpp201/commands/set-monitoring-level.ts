import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** SetMonitoringLevel (OCPP 2.0.1, N05). */
export function setMonitoringLevel(
  station: SimulatedStation201,
  request: CentralRequest<'SetMonitoringLevel'>,
): CommandAnswer<'SetMonitoringLevel'> {
  const { severity } = request;
  if (severity < 0 || severity > 9) return { response: { status: 'Rejected' } };
  station.monitoring.level = severity;
  return { response: { status: 'Accepted' } };
}
