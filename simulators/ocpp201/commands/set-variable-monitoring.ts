import type { SimulatedStation201 } from '../station.ts';
import { tooMany } from '../too-many.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** SetVariableMonitoring (OCPP 2.0.1, N04): each monitor has an answer of its own. */
export function setVariableMonitoring(
  station: SimulatedStation201,
  request: CentralRequest<'SetVariableMonitoring'>,
): CommandAnswer<'SetVariableMonitoring'> {
  const { setMonitoringData } = request;
  const limit = station.device.integer('MonitoringCtrlr.ItemsPerMessage[SetVariableMonitoring]');
  tooMany(setMonitoringData.length, limit);
  const results = setMonitoringData.map((data) => station.monitoring.monitors.set(data));
  return {
    response: {
      setMonitoringResult: results as CommandAnswer<'SetVariableMonitoring'>['response']['setMonitoringResult'],
    },
    // What is beyond its threshold already is told at once.
    afterwards: () => station.monitoring.monitors.check(),
  };
}
