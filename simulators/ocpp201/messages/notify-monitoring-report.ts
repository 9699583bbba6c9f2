import { pagesOf } from '../pages.ts';
import type { SimulatedStation201 } from '../station.ts';
import type { MonitoringData, StationRequest } from '../types.ts';

/** NotifyMonitoringReport (OCPP 2.0.1, N02): in as many messages as the limits make of it. */
export async function notifyMonitoringReport(
  station: SimulatedStation201,
  requestId: number,
  data: readonly MonitoringData[],
): Promise<void> {
  const { device, clock } = station;
  const pages = pagesOf(data, {
    items: device.integer('DeviceDataCtrlr.ItemsPerMessage[GetReport]'),
    bytes: device.integer('DeviceDataCtrlr.BytesPerMessage[GetReport]'),
  });
  const generatedAt = clock.write(clock.now());
  for (const [seqNo, page] of pages.entries()) {
    const monitor = page as NonNullable<StationRequest<'NotifyMonitoringReport'>['monitor']>;
    const tbc = seqNo < pages.length - 1;
    await station.call('NotifyMonitoringReport', { requestId, generatedAt, seqNo, tbc, monitor });
  }
}
