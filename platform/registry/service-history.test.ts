import assert from 'node:assert/strict';
import { FakeClock } from '@voltpile/kernel/clock';
import { rollBackDatabase } from '../database/migrations.ts';
import { PLATFORM_MIGRATIONS } from '../jobs/migrations.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import type { Instance } from './instances.ts';
import { membershipJobs } from './membership-jobs.ts';
import { ServiceHistory } from './service-history.ts';

const DAY_MS = 86_400_000;

function instance(node: string, facts: Partial<Instance> = {}): Instance {
  return {
    service: 'csms',
    id: 'id',
    node,
    host: 'host',
    pid: 4_000_000_000,
    version: '1.0.0',
    startedAt: '2026-05-01T11:00:00.000Z',
    zone: 'rack-1',
    http: 'http://127.0.0.1:1',
    ...facts,
  };
}

describe('the history of services', () => {
  let database: TestDatabase;
  let clock: FakeClock;
  let history: ServiceHistory;
  beforeEach(async () => {
    database = await createTestDatabase({ migrations: [PLATFORM_MIGRATIONS] });
    clock = new FakeClock('2026-05-01T12:00:00Z');
    history = new ServiceHistory(database.knex, clock);
  });
  afterEach(() => database.dispose());

  const told = async (filter = {}) =>
    (await history.list(filter, { limit: 50 })).items.map(({ node, kind }) => `${node} ${kind}`);

  it('tells who came, stopped, vanished and came back', async () => {
    await history.note([instance('a'), instance('b')]);
    clock.advance(5000);
    await history.noteStop([instance('a')]);
    for (let round = 0; round < 4; round++) await history.note([]);
    clock.advance(5000);
    await history.note([instance('b'), instance('a', { startedAt: '2026-05-01T12:00:09.000Z' })]);
    const all = await told();
    assert.deepEqual(all.slice(0, 2).sort(), ['a restarted', 'b returned']);
    assert.deepEqual(all.slice(2, 4), ['b vanished', 'a stopped']);
    assert.deepEqual(all.slice(4).sort(), ['a appeared', 'b appeared']);
    assert.deepEqual(await told({ node: 'b' }), ['b returned', 'b vanished', 'b appeared']);
    assert.deepEqual(await told({ service: 'billing' }), []);
    const [vanished] = (await history.list({ node: 'b' }, { limit: 2 })).items.slice(1);
    assert.deepEqual(
      { ...vanished, id: '' },
      {
        id: '',
        at: '2026-05-01T12:00:05.000Z',
        kind: 'vanished',
        service: 'csms',
        node: 'b',
        host: 'host',
        pid: 4_000_000_000,
        version: '1.0.0',
        zone: 'rack-1',
        startedAt: '2026-05-01T11:00:00.000Z',
        lastSeenAt: '2026-05-01T12:00:00.000Z',
      },
    );
  });

  it('writes down the others when one cannot be stored', async () => {
    for (const odd of [
      instance('odd', { startedAt: '0000-01-01T00:00:00Z' }),
      instance('odd', { host: 'a\u0000b' }),
      instance('odd', { pid: 1e25 }),
    ]) {
      await history.noteStop([odd, instance('stops')]);
      await history.note([instance('a'), odd, instance('b')]);
    }
    assert.deepEqual((await told()).sort(), ['a appeared', 'b appeared', 'stops stopped']);
  });

  it('writes down once that one stops, however often it says so', async () => {
    await history.note([instance('a')]);
    await history.noteStop([instance('a'), instance('a')]);
    await history.noteStop([instance('a')]);
    assert.deepEqual(await told(), ['a stopped', 'a appeared']);
    // What the process before says late does not stop the new one.
    await history.note([instance('a', { startedAt: '2026-05-01T12:00:00.000Z' })]);
    await history.noteStop([instance('a')]);
    assert.deepEqual(await told(), ['a restarted', 'a stopped', 'a appeared']);
  });

  it('knows a member after a restart of whoever looks, by what is stored', async () => {
    await history.note([instance('a')]);
    assert.deepEqual(await new ServiceHistory(database.knex, clock).note([instance('a')]), []);
  });

  it('is read page by page', async () => {
    await history.note(Array.from({ length: 5 }, (_, index) => instance(`n${index}`)));
    const nodes: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await history.list({}, { limit: 2, cursor });
      nodes.push(...page.items.map(({ node }) => node));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    assert.deepEqual(nodes.sort(), ['n0', 'n1', 'n2', 'n3', 'n4']);
    await assert.rejects(history.list({}, { limit: 2, cursor: 'x' }), { code: 'list.bad_cursor' });
  });

  it('forgets what is old', async () => {
    await history.note([instance('a')]);
    await history.noteStop([instance('a')]);
    clock.advance(91 * DAY_MS);
    await history.note([instance('b')]);
    await history.trim();
    assert.deepEqual(await told(), ['b appeared']);
    // Nothing is known of it any more.
    assert.deepEqual(
      (await history.note([instance('a'), instance('b')])).map(({ kind }) => kind),
      ['appeared'],
    );
  });

  it('is written by a job that counts instances, as long as it does so', async () => {
    const metrics = createMetrics();
    const time = { now: 0 };
    const seen = { instances: undefined as Instance[] | undefined };
    const [job] = membershipJobs({
      registry: {
        instances: async () => seen.instances,
        picture: () => Promise.reject(new Error('nobody asks for it')),
      },
      history,
      metrics,
      logger: createLogger({ level: 'silent', format: 'json' }),
      now: () => time.now,
    });
    const count = async () =>
      Object.fromEntries(
        ((await metrics.registry.getSingleMetric('voltpile_service_instances')?.get())?.values ?? []).map(
          ({ labels, value }) => [labels.service, value],
        ),
      );
    const run = () => job?.run(new AbortController().signal);
    await run();
    assert.deepEqual([await count(), await told()], [{}, []]);
    seen.instances = [instance('a'), instance('b')];
    await run();
    assert.deepEqual(await count(), {
      'station-gateway': 0,
      csms: 2,
      billing: 0,
      operations: 0,
      'admin-api': 0,
    });
    assert.equal((await told()).length, 2);
    time.now = 60_000;
    assert.deepEqual(await count(), {});
  });

  it('can be taken back', async () => {
    await rollBackDatabase(database.database, PLATFORM_MIGRATIONS);
  });
});
