import { type DeviceVariable, toReportData } from '../device-model/device-model.ts';
import { notifyReport } from '../messages/notify-report.ts';
import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** What each kind of report tells. */
const BELONGS: Readonly<Record<CentralRequest<'GetBaseReport'>['reportBase'], (entry: DeviceVariable) => boolean>> = {
  FullInventory: () => true,
  ConfigurationInventory: ({ definition }) => definition.mutability !== 'ReadOnly',
  // Is it there, does it work.
  SummaryInventory: ({ variable }) => variable.name === 'AvailabilityState' || variable.name === 'Problem',
};

/** GetBaseReport (OCPP 2.0.1, B07): everything, what can be set, or what is out of order. */
export function getBaseReport(
  station: SimulatedStation201,
  request: CentralRequest<'GetBaseReport'>,
): CommandAnswer<'GetBaseReport'> {
  const { requestId, reportBase } = request;
  const all = station.device.all();
  const chosen = all.filter((entry) => BELONGS[reportBase](entry));
  const report = () => void notifyReport(station, requestId, chosen.map(toReportData)).catch(() => undefined);
  return { response: { status: 'Accepted' }, afterwards: report };
}
