import { type Clock, instant } from '@voltpile/kernel/clock';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { CommandsPort } from '../contract/operator-ports.ts';
import { countOpenReports, takeUnreportedStations } from '../persistence/device-model-repository.ts';

/** After its start a station has statuses and transactions to tell. */
const CALM_AFTER_BOOT_MS = 60_000;
const ASK_AGAIN_MS = 24 * 3600_000;
/** A fleet that comes back with new firmware is asked over hours, not at once. */
const STATIONS_PER_RUN = 30;
/** While so many reports are on their way, nobody else is asked. */
const MAX_OPEN_REPORTS = 100;

/**
 * Asks stations for their whole model when it is not known, or when their firmware is another one than the one that reported it; never
 * because they have connected. Stations are asked a few at a time.
 *
 * @returns how many were asked
 */
export async function askForReports(
  dependencies: {
    readonly knex: Knex;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly commands: CommandsPort;
  },
  signal?: AbortSignal,
): Promise<number> {
  const { knex, clock, logger, commands } = dependencies;
  const now = clock.now();
  const stations = await withDatabaseErrors(async () => {
    const room = MAX_OPEN_REPORTS - (await countOpenReports(knex, MAX_OPEN_REPORTS));
    if (room <= 0) return [];
    const bootedBefore = instant(now - CALM_AFTER_BOOT_MS);
    const askedBefore = instant(now - ASK_AGAIN_MS);
    return takeUnreportedStations(knex, { bootedBefore, askedBefore, now }, Math.min(room, STATIONS_PER_RUN));
  });
  let asked = 0;
  for (const stationId of stations) {
    if (signal?.aborted) break;
    const request = { action: 'get-base-report', payload: { reportBase: 'FullInventory' }, requestedBy: null };
    try {
      await commands.submit(EVERYTHING, stationId, request, ['operate']);
      asked += 1;
    } catch (err) {
      // Gone or busy in the meantime: it is asked again in a day, or by an operator.
      logger.info({ err, stationId }, 'a station could not be asked for its device model');
    }
  }
  return asked;
}
