import { pagesOf } from '../pages.ts';
import type { SimulatedStation201 } from '../station.ts';
import type { ReportData, StationRequest } from '../types.ts';

/** NotifyReport (OCPP 2.0.1, B07 and B08): as many messages as the limits of DeviceDataCtrlr make of it, one after the other. */
export async function notifyReport(
  station: SimulatedStation201,
  requestId: number,
  data: readonly ReportData[],
): Promise<void> {
  const { device, clock } = station;
  const pages = pagesOf(data, {
    items: device.integer('DeviceDataCtrlr.ItemsPerMessage[GetReport]'),
    bytes: device.integer('DeviceDataCtrlr.BytesPerMessage[GetReport]'),
  });
  const generatedAt = clock.write(clock.now());
  for (const [seqNo, page] of pages.entries()) {
    const reportData = page as NonNullable<StationRequest<'NotifyReport'>['reportData']>;
    const tbc = seqNo < pages.length - 1;
    // A report that was asked for goes out before the station is accepted, too (B02.FR.05).
    await station.call('NotifyReport', { requestId, generatedAt, seqNo, tbc, reportData }, { beforeAccepted: true });
  }
}
