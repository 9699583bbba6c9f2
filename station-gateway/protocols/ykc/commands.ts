import type { AnyYkcCommand } from './command.ts';
import { applyTariff } from './commands/apply-tariff.ts';
import { changeAvailability } from './commands/change-availability.ts';
import { resetStation } from './commands/reset-station.ts';
import { sendLocalList } from './commands/send-local-list.ts';
import { showCost } from './commands/show-cost.ts';
import { startTransaction } from './commands/start-transaction.ts';
import { stopTransaction } from './commands/stop-transaction.ts';
import { triggerMessage } from './commands/trigger-message.ts';
import { updateFirmware } from './commands/update-firmware.ts';

/** Every neutral command that the protocol can carry. */
export const COMMANDS = [
  applyTariff,
  changeAvailability,
  resetStation,
  sendLocalList,
  showCost,
  startTransaction,
  stopTransaction,
  triggerMessage,
  updateFirmware,
] as const;

const BY_ACTION: ReadonlyMap<string, AnyYkcCommand> = new Map(COMMANDS.map((command) => [command.action, command]));

export function commandOf(action: string): AnyYkcCommand | undefined {
  return BY_ACTION.get(action);
}
