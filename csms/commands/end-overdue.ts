import { type Clock, instant } from '@voltpile/kernel/clock';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import { findOverdueCommands } from '../persistence/commands-repository.ts';
import { storeOutcome } from './finish-command.ts';

/** The runner waits a little beyond the deadline; nobody is left to tell the outcome after this. */
const GRACE_MS = 15_000;
const COMMANDS_PER_ROUND = 500;

/**
 * Ends commands that nobody will tell the outcome of: the process that sent them has died. Whether the station carried them out is not
 * known, and nothing is sent again.
 */
export async function endOverdueCommands(
  dependencies: { readonly knex: Knex; readonly clock: Clock; readonly logger: Logger; readonly onEvents: () => void },
  signal?: AbortSignal,
): Promise<number> {
  const { knex, clock, logger } = dependencies;
  let ended = 0;
  for (;;) {
    const overdue = await findOverdueCommands(knex, instant(clock.now() - GRACE_MS), COMMANDS_PER_ROUND);
    for (const commandId of overdue) {
      if (signal?.aborted) return ended;
      const isOurs = await storeOutcome(dependencies, commandId, {
        status: 'unknown',
        response: { error: 'unknown', message: 'It was not recorded whether the station carried it out.' },
      });
      if (isOurs) ended += 1;
    }
    if (overdue.length < COMMANDS_PER_ROUND) break;
  }
  if (ended > 0) logger.warn({ count: ended }, 'commands whose outcome nobody told were ended as unknown');
  return ended;
}
