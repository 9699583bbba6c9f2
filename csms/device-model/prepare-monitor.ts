import type { VariableMonitor } from '../contract/station-port.ts';
import { cutText } from '../persistence/storable-text.ts';
import { storableNumber } from '../transactions/claimed-time.ts';
import type { DeviceName } from './device-name.ts';
import type { PreparedMonitor } from './model-change.ts';

const MAX_WORD_LENGTH = 50;

/** Takes a monitor as the station tells it; undefined for one whose id cannot be a number, because nothing can be done with it. */
export function prepareMonitor(name: DeviceName, monitor: VariableMonitor): PreparedMonitor | undefined {
  const id = storableNumber(monitor.id);
  if (id === undefined) return undefined;
  return {
    id,
    name,
    type: cutText(monitor.type, MAX_WORD_LENGTH, () => {}),
    value: cutText(monitor.value, MAX_WORD_LENGTH, () => {}),
    severity: storableNumber(monitor.severity) ?? null,
    transaction: monitor.transaction,
  };
}
