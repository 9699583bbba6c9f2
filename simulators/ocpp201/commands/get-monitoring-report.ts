import { notifyMonitoringReport } from '../messages/notify-monitoring-report.ts';
import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** GetMonitoringReport (OCPP 2.0.1, N02). */
export function getMonitoringReport(
  station: SimulatedStation201,
  request: CentralRequest<'GetMonitoringReport'>,
): CommandAnswer<'GetMonitoringReport'> {
  const { requestId, monitoringCriteria, componentVariable } = request;
  const found = station.monitoring.monitors.report(monitoringCriteria, componentVariable);
  if (found.length === 0) return { response: { status: 'EmptyResultSet' } };
  return {
    response: { status: 'Accepted' },
    afterwards: () => void notifyMonitoringReport(station, requestId, found).catch(() => undefined),
  };
}
