import type { MonitoringReport } from '../contract/station-port.ts';
import { deviceName } from './device-name.ts';
import type { DeviceWriter } from './device-writer.ts';
import { modelChange, type PreparedMonitor } from './model-change.ts';
import { prepareMonitor } from './prepare-monitor.ts';
import { receivedPart } from './received-part.ts';

/** A part of the monitors that are set in a station (OCPP 2.0.1 NotifyMonitoringReport, use case N02). */
export async function monitoringReported(
  writer: DeviceWriter,
  { origin, part, monitors }: MonitoringReport,
): Promise<void> {
  const prepared = monitors.flatMap(({ component, variable, monitors: ofVariable }): PreparedMonitor[] => {
    const name = deviceName(component, variable);
    return ofVariable.flatMap((monitor) => prepareMonitor(name, monitor) ?? []);
  });
  await writer.submit(
    modelChange({
      station: origin.station,
      at: origin.receivedAt,
      monitors: prepared,
      part: receivedPart('monitoring', origin, part, prepared.length),
    }),
  );
}
