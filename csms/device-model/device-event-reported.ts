import type { DeviceEventReport } from '../contract/station-port.ts';
import type { DeviceWriter } from './device-writer.ts';
import { modelChange } from './model-change.ts';
import { prepareEvent } from './prepare-event.ts';

/**
 * Variables of the device have changed, crossed a limit, or are told from time to time (OCPP 2.0.1 NotifyEvent, use cases N07 and N08).
 * Each event stands for itself, so that nothing waits for the parts of a message that is continued.
 */
export async function deviceEventReported(
  writer: DeviceWriter,
  { origin, part, events }: DeviceEventReport,
): Promise<void> {
  await writer.submit(
    modelChange({
      station: origin.station,
      at: origin.receivedAt,
      events: events.map((event) => prepareEvent(event, origin, part.sequenceNumber)),
    }),
  );
}
