import { type Clock, instant } from '@voltpile/kernel/clock';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import { countBusyLists, findDueLists } from '../persistence/local-lists-repository.ts';
import type { ListSteps } from './list-steps.ts';

/** After its start a station has statuses and transactions to tell. */
const CALM_AFTER_BOOT_MS = 60_000;
/** A change that concerns a whole fleet is told over minutes, not at once. */
const STATIONS_PER_RUN = 50;
/** While so many lists are on their way, no other begins. */
const MAX_BUSY = 200;

/**
 * Looks at lists whose tokens, rules or station have changed, and begins to bring them in step; each goes on by itself.
 *
 * @returns how many commands were given
 */
export async function keepListsInStep(
  dependencies: {
    readonly knex: Knex;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly steps: ListSteps;
  },
  signal?: AbortSignal,
): Promise<number> {
  const { knex, clock, logger, steps } = dependencies;
  const now = clock.now();
  const due = await withDatabaseErrors(async () => {
    const room = MAX_BUSY - (await countBusyLists(knex, now, MAX_BUSY));
    if (room <= 0) return [];
    const bootedBefore = instant(now - CALM_AFTER_BOOT_MS);
    return findDueLists(knex, { now, bootedBefore }, Math.min(room, STATIONS_PER_RUN));
  });
  let given = 0;
  for (const station of due) {
    if (signal?.aborted) break;
    const { commandId, error } = await steps.take(station);
    if (commandId !== null) given += 1;
    // Gone or busy in the meantime: tried again later.
    if (error !== undefined) logger.info({ err: error, station }, 'a local list could not be sent yet');
  }
  return given;
}
