import { setTimeout as sleep } from 'node:timers/promises';
import type { Metrics } from '@voltpile/platform/telemetry/metrics';
import type { Pool } from 'pg';
import { readOldestUntaken } from '../persistence/outbox-repository.ts';

/** Whoever asks for figures gets the others without this one where the database is slower than that. */
const PATIENCE_MS = 1000;

/**
 * How late the consumers of events are, whatever it is that holds them up: asked of the database, so that every process of csms tells it, also
 * where the one that delivers hangs.
 */
export function showUntakenEvents(pool: Pool, metrics: Metrics, patienceMs = PATIENCE_MS): void {
  let asked: ReturnType<typeof readOldestUntaken> | undefined;
  const ask = (): ReturnType<typeof readOldestUntaken> => {
    asked ??= readOldestUntaken(pool).finally(() => {
      asked = undefined;
    });
    return asked;
  };
  metrics.gauge(
    'voltpile_events_untaken_seconds',
    'Age of the oldest event that a consumer has not taken; 0 when it has all.',
    ['consumer'],
    async (gauge) => {
      const found = await Promise.race([ask().catch(() => []), sleep(patienceMs, [], { ref: false })]);
      gauge.reset();
      for (const { consumer, seconds } of found) gauge.set({ consumer }, seconds);
    },
  );
}
