import type { OutcomeFollower } from '../commands/outcome-follower.ts';
import { forgetProgress, type ProgressKind } from '../persistence/progress-repository.ts';

const BEGUN_BY: ReadonlyMap<string, ProgressKind> = new Map([
  ['update-firmware', 'firmware-status'],
  ['update-signed-firmware', 'firmware-status'],
  ['get-log', 'log-status'],
  ['get-diagnostics', 'log-status'],
]);

/** Nothing came of these commands for certain. */
const NOT_BEGUN: ReadonlySet<string> = new Set(['rejected', 'failed', 'offline']);

/**
 * A new update or upload begins. OCPP 1.6 names neither: without this, the second `Uploaded` in a row would look like the first one said
 * again. (A station may tell its first step before it answers the command; should it then repeat that step, it is kept twice.)
 */
export const progressBegins: OutcomeFollower = async (trx, { station, command, outcome }) => {
  const kind = BEGUN_BY.get(command.action);
  if (kind !== undefined && !NOT_BEGUN.has(outcome.status)) await forgetProgress(trx, station, kind);
  return [];
};
