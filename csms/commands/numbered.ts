import { randomInt } from 'node:crypto';
import type { CommandAction, StationCommand } from '../contract/commands.ts';

/** Numbers of requests and reservations: 31 bits, and never 0, which some firmware takes for none. */
const MAX_NUMBER = 2_147_483_647;

/** Commands by which a station names what it tells later; the field that holds the number. */
const NUMBERED: ReadonlyMap<string, string> = new Map<CommandAction, string>([
  ['get-base-report', 'requestId'],
  ['get-charging-profiles', 'requestId'],
  ['get-diagnostics', 'requestId'],
  ['get-log', 'requestId'],
  ['get-monitoring-report', 'requestId'],
  ['get-report', 'requestId'],
  ['reserve-now', 'reservationId'],
  ['update-firmware', 'requestId'],
  ['update-signed-firmware', 'requestId'],
]);

/** The command with a number of ours where its giver has named none. */
export function numbered(command: StationCommand): StationCommand {
  const field = NUMBERED.get(command.action);
  if (field === undefined) return command;
  const payload = command.payload as Readonly<Record<string, unknown>>;
  if (payload[field] !== undefined) return command;
  return { ...command, payload: { ...payload, [field]: newNumber() } } as StationCommand;
}

/** A number that a station can carry, from 1 to 2^31 − 1. */
export function newNumber(): number {
  return randomInt(1, MAX_NUMBER);
}
