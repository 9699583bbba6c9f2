import { type DeviceVariable, isAskedFor, toReportData } from '../device-model/device-model.ts';
import { notifyReport } from '../messages/notify-report.ts';
import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** GetReport (OCPP 2.0.1, B08): by names, and by what the components are (Active, Available, Enabled, Problem). */
export function getReport(
  station: SimulatedStation201,
  request: CentralRequest<'GetReport'>,
): CommandAnswer<'GetReport'> {
  const { requestId, componentVariable, componentCriteria } = request;
  const all = station.device.all();
  const isTrue = (entry: DeviceVariable, name: string) =>
    all.some(
      (other) =>
        other.variable.name === name &&
        JSON.stringify(other.component) === JSON.stringify(entry.component) &&
        other.read() === 'true',
    );
  const chosen = all.filter(
    (entry) =>
      (componentVariable === undefined || isAskedFor(entry, componentVariable)) &&
      (componentCriteria === undefined || componentCriteria.some((criterion) => isTrue(entry, criterion))),
  );
  if (chosen.length === 0) return { response: { status: 'EmptyResultSet' } };
  const report = () => void notifyReport(station, requestId, chosen.map(toReportData)).catch(() => undefined);
  return { response: { status: 'Accepted' }, afterwards: report };
}
