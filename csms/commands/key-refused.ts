import type { StationCommand } from '../contract/commands.ts';
import type { CommandOutcome } from '../contract/station-link.ts';
import { isKeyVariable } from './key-variables.ts';

/**
 * Whether the station certainly did not take the key that a `set-variables` command gave it: it has said so of that variable, or the command
 * never left. After anything else, a timeout above all, both keys stay good until the station comes in with one of them.
 */
export function isKeyRefused(command: StationCommand, { status, facts }: CommandOutcome): boolean {
  if (status === 'offline') return true;
  if (command.action !== 'set-variables') return false;
  const isAlone = command.payload.variables.length === 1;
  if (facts?.kind === 'variables-set') {
    const told = facts.results.findLast(({ variable }) => isKeyVariable(variable.name));
    if (told !== undefined) return told.status !== 'Accepted' && told.status !== 'RebootRequired';
    // Sent, and the answer says nothing of the key: it may have been taken.
    return false;
  }
  return isAlone && (status === 'rejected' || status === 'failed');
}
