import { type Clock, instant } from '@voltpile/kernel/clock';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import { timeOutReports } from '../persistence/device-model-repository.ts';
import { insertEvents } from '../persistence/outbox-events.ts';
import { timedOutEvent } from './model-events.ts';

/** A station with a slow line takes seconds from part to part. */
const SILENCE_MS = 10 * 60_000;
const REPORTS_PER_ROUND = 200;

/** Marks reports whose next part does not come. What has come stays; a part that comes after all goes on with the report. */
export async function endSilentReports(
  dependencies: { readonly knex: Knex; readonly clock: Clock; readonly logger: Logger; readonly onEvents: () => void },
  signal?: AbortSignal,
): Promise<number> {
  const { knex, clock, logger, onEvents } = dependencies;
  let ended = 0;
  for (;;) {
    const now = clock.now();
    const round = await withDatabaseErrors(() =>
      knex.transaction(async (trx) => {
        const late = await timeOutReports(trx, instant(now - SILENCE_MS), now, REPORTS_PER_ROUND);
        const events = late.map(({ report, organizationId, siteId, identity }) => ({
          ...timedOutEvent(report),
          organizationId,
          siteId,
          stationId: identity,
        }));
        await insertEvents(trx, events);
        return late.length;
      }),
    );
    ended += round;
    if (round > 0) onEvents();
    if (round < REPORTS_PER_ROUND || signal?.aborted) break;
  }
  if (ended > 0) logger.info({ count: ended }, 'reports of stations were not completed in time');
  return ended;
}
