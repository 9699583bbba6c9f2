import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** SetMonitoringBase (OCPP 2.0.1, N03). */
export function setMonitoringBase(
  station: SimulatedStation201,
  request: CentralRequest<'SetMonitoringBase'>,
): CommandAnswer<'SetMonitoringBase'> {
  station.monitoring.setBase(request.monitoringBase);
  return { response: { status: 'Accepted' } };
}
