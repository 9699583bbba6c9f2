import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** ClearVariableMonitoring (OCPP 2.0.1, N06). */
export function clearVariableMonitoring(
  station: SimulatedStation201,
  request: CentralRequest<'ClearVariableMonitoring'>,
): CommandAnswer<'ClearVariableMonitoring'> {
  const clearMonitoringResult = request.id.map((id) => station.monitoring.monitors.clear(id));
  return {
    response: {
      clearMonitoringResult:
        clearMonitoringResult as CommandAnswer<'ClearVariableMonitoring'>['response']['clearMonitoringResult'],
    },
  };
}
