import type { DeviceReport } from '../contract/station-port.ts';
import type { DeviceWriter } from './device-writer.ts';
import { modelChange } from './model-change.ts';
import { prepareVariable } from './prepare-variable.ts';
import { receivedPart } from './received-part.ts';
import { valueTime } from './value-time.ts';

/** A part of what a station is made of (OCPP 2.0.1 NotifyReport, use cases B06 to B08). */
export async function deviceReported(writer: DeviceWriter, { origin, part, variables }: DeviceReport): Promise<void> {
  const valueAt = valueTime(part.generatedAt.at, origin);
  await writer.submit(
    modelChange({
      station: origin.station,
      at: origin.receivedAt,
      variables: variables.map((variable) => prepareVariable(variable, valueAt)),
      part: receivedPart('device', origin, part, variables.length),
    }),
  );
}
