import type { StationCommand } from '@voltpile/csms/contract/commands';
import type { ActionEntry } from '@voltpile/ocpp/actions/types';
import type { AnyMapping } from '../protocols/ocpp-j/mapping.ts';
import type { JsonMessage } from '../protocols/ocpp-j/message.ts';

/** What a version is made of, and what its dialect does with it. */
export interface VersionTables {
  /** As people know it: `OCPP 1.6`. */
  readonly name: string;
  readonly actions: readonly ActionEntry[];
  readonly messages: readonly Pick<JsonMessage, 'action' | 'isStoredOnly'>[];
  readonly commands: readonly Pick<AnyMapping<StationCommand, unknown>, 'action' | 'command'>[];
}

/**
 * `stored only`: kept for the record and told as an event, without changing anything. `raw call`: no neutral command carries it, but it can be
 * sent as it is.
 */
export type CoverageStatus = 'handled' | 'stored only' | 'raw call' | 'missing';

/** One message in one direction. */
export interface CoverageRow {
  readonly action: string;
  readonly direction: 'from-station' | 'to-station';
  readonly feature: string;
  /** Travels as SEND (OCPP 2.1). */
  readonly isSend: boolean;
  readonly status: CoverageStatus;
  /** The neutral commands that an action carries. Empty for messages of stations, and for what goes as a raw call only. */
  readonly commands: readonly string[];
}

const RAW: StationCommand['action'] = 'raw-call';

/** Every message of a version in each direction that it has, in the order of the action table: first what stations send. */
export function coverageOf({ actions, messages, commands }: VersionTables): CoverageRow[] {
  const handlers = new Map(messages.map((message) => [message.action, message]));
  const up = actions
    .filter(({ direction }) => direction !== 'to-station')
    .map((entry): CoverageRow => {
      const handler = handlers.get(entry.action);
      const status = handler === undefined ? 'missing' : handler.isStoredOnly === true ? 'stored only' : 'handled';
      return { ...aboutOf(entry), direction: 'from-station', status, commands: [] };
    });
  const down = actions
    .filter(({ direction }) => direction !== 'from-station')
    .map((entry): CoverageRow => {
      const carried = commands.filter(({ action }) => action === entry.action).map(({ command }) => command);
      const neutral = carried.filter((command) => command !== RAW).sort();
      const status = neutral.length > 0 ? 'handled' : carried.length > 0 ? 'raw call' : 'missing';
      return { ...aboutOf(entry), direction: 'to-station', status, commands: neutral };
    });
  return [...up, ...down];
}

function aboutOf({ action, feature, isSend }: ActionEntry): Pick<CoverageRow, 'action' | 'feature' | 'isSend'> {
  return { action, feature, isSend: isSend === true };
}
