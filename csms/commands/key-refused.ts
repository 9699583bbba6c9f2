import type { StationCommand } from '../contract/commands.ts';
import type { CommandOutcome } from '../contract/station-link.ts';

/**
 * Whether the station certainly did not take the key that a `set-variables` command gave it. Where several variables were set, a refusal may
 * be about another one; then, as after a timeout, both keys stay good until the station comes in with one of them.
 */
export function isKeyRefused(command: StationCommand, { status }: CommandOutcome): boolean {
  if (status === 'offline') return true;
  const isAlone = command.action === 'set-variables' && command.payload.variables.length === 1;
  return isAlone && (status === 'rejected' || status === 'failed');
}
