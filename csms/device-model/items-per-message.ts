import type { Knex } from 'knex';
import type { StationCommand, StationCommandOf } from '../contract/commands.ts';
import type { StationKey } from '../contract/ids.ts';
import { FLAT_COMPONENT } from '../contract/station-port.ts';
import { findActualValues } from '../persistence/device-model-repository.ts';
import { deviceName } from './device-name.ts';

/** Commands about several variables or monitors at once, which a station may want in parts. */
export type SeveralItemsCommand = StationCommandOf<
  'get-variables' | 'set-variables' | 'set-variable-monitoring' | 'clear-variable-monitoring'
>;

/**
 * For a station that has not told its limit. A refused message costs the whole command, more messages cost a little time: few, but not one
 * by one.
 */
export const DEFAULT_ITEMS_PER_MESSAGE = 4;
/** However many a station says it takes: 50 values of the largest size still fit into a frame that stations can read. */
export const MAX_ITEMS_PER_MESSAGE = 50;

/**
 * Where a station tells its limits: OCPP 2.0.1 part 2 §2.1.10 and following (`ItemsPerMessage` with the message as instance; some firmware
 * writes both into the name), OCPP 1.6 §9.1.
 */
const LIMITS: Readonly<Record<SeveralItemsCommand['action'], readonly [string, string, string?][]>> = {
  'get-variables': [
    ['DeviceDataCtrlr', 'ItemsPerMessage', 'GetVariables'],
    ['DeviceDataCtrlr', 'ItemsPerMessageGetVariables'],
    [FLAT_COMPONENT, 'GetConfigurationMaxKeys'],
  ],
  'set-variables': [
    ['DeviceDataCtrlr', 'ItemsPerMessage', 'SetVariables'],
    ['DeviceDataCtrlr', 'ItemsPerMessageSetVariables'],
  ],
  'set-variable-monitoring': [
    ['MonitoringCtrlr', 'ItemsPerMessage', 'SetVariableMonitoring'],
    ['MonitoringCtrlr', 'ItemsPerMessageSetVariableMonitoring'],
  ],
  'clear-variable-monitoring': [
    ['MonitoringCtrlr', 'ItemsPerMessage', 'ClearVariableMonitoring'],
    ['MonitoringCtrlr', 'ItemsPerMessageClearVariableMonitoring'],
  ],
};

/** The command with the number of items that the station takes in one message, by its own word. A single item needs none. */
export async function withItemsPerMessage(
  db: Knex,
  station: StationKey,
  command: SeveralItemsCommand,
): Promise<StationCommand> {
  if (countItems(command) < 2) return command;
  const keys = LIMITS[command.action].map(
    ([component, name, instance]) => deviceName({ name: component }, { name, instance }).key,
  );
  const values = await findActualValues(db, station, keys);
  const told = keys.map((key) => readLimit(values.get(key))).find((limit) => limit !== undefined);
  return { ...command, itemsPerMessage: Math.min(told ?? DEFAULT_ITEMS_PER_MESSAGE, MAX_ITEMS_PER_MESSAGE) };
}

function countItems(command: SeveralItemsCommand): number {
  switch (command.action) {
    case 'get-variables':
      return command.payload.variables?.length ?? 0;
    case 'set-variables':
      return command.payload.variables.length;
    case 'set-variable-monitoring':
      return command.payload.monitors.length;
    case 'clear-variable-monitoring':
      return command.payload.ids.length;
  }
}

function readLimit(value: string | undefined): number | undefined {
  if (value === undefined || !/^\s*\d{1,9}\s*$/.test(value)) return undefined;
  const limit = Number(value);
  return limit > 0 ? limit : undefined;
}
