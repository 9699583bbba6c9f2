import assert from 'node:assert/strict';
import { uuidv7 } from '@voltpile/kernel/ids';
import { createMetrics, type Metrics } from '@voltpile/platform/telemetry/metrics';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import type { Pool } from 'pg';
import { csmsMigrations } from '../persistence/migrations.ts';
import { advanceCursor, readCursor } from '../persistence/outbox-repository.ts';
import { showUntakenEvents } from './show-untaken-events.ts';

async function shown(metrics: Metrics): Promise<Record<string, number>> {
  const found = await metrics.registry.getSingleMetric('voltpile_events_untaken_seconds')?.get();
  return Object.fromEntries((found?.values ?? []).map(({ labels, value }) => [labels.consumer, value]));
}

describe('events that were not taken', () => {
  let test: TestDatabase;

  before(async () => {
    test = await createTestDatabase({ migrations: [csmsMigrations] });
  });
  after(() => test.dispose());

  it('are as old as the oldest of them, for each consumer, and 0 for one that has all', async () => {
    const metrics = createMetrics();
    showUntakenEvents(test.pool, metrics);
    assert.deepEqual(await shown(metrics), {});
    for (const consumer of ['billing', 'operations']) await readCursor(test.knex, consumer, 0n);
    assert.deepEqual(await shown(metrics), { billing: 0, operations: 0 });
    const { rows } = await test.pool.query(
      `insert into csms.outbox (type, organization_id, data, recorded_at)
       select 'station.updated', $1, '{}', now() - make_interval(secs => age) from unnest(array[600, 300]) as age returning id`,
      [uuidv7()],
    );
    const [first, last] = rows.map(({ id }) => BigInt(id)) as [bigint, bigint];
    await advanceCursor(test.knex, 'billing', 0n, first);
    const both = await shown(metrics);
    for (const [consumer, age] of Object.entries({ billing: 300, operations: 600 })) {
      const seconds = both[consumer] ?? Number.NaN;
      assert.ok(seconds >= age && seconds < age + 60, `${consumer}: ${seconds}`);
    }
    await advanceCursor(test.knex, 'operations', 0n, last);
    assert.equal((await shown(metrics)).operations, 0);
  });

  it('are not told, and hold nothing up, while the database does not answer or refuses', async () => {
    let questions = 0;
    const metrics = createMetrics();
    const query = (): Promise<never> => {
      questions++;
      return new Promise(() => {});
    };
    showUntakenEvents({ query } as unknown as Pool, metrics, 1);
    assert.deepEqual(await shown(metrics), {});
    assert.deepEqual(await shown(metrics), {});
    assert.equal(questions, 1);
    const refusing = createMetrics();
    showUntakenEvents({ query: () => Promise.reject(new Error('no')) } as unknown as Pool, refusing);
    assert.deepEqual(await shown(refusing), {});
  });
});
