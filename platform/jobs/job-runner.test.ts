import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createLogger } from '../telemetry/logger.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { badSchedule, createJobRunner, type Job } from './job-runner.ts';
import { unknownJob } from './jobs-port.ts';
import { PLATFORM_MIGRATIONS } from './migrations.ts';

const NEVER = '0 0 1 1 *';
const logger = createLogger({ level: 'silent', format: 'json' });

describe('job runner', () => {
  let database: TestDatabase;
  before(async () => {
    database = await createTestDatabase({ migrations: [PLATFORM_MIGRATIONS] });
  });
  after(() => database.dispose());

  async function record(name: string): Promise<Record<string, unknown>> {
    const { rows } = await database.pool.query('select * from platform.jobs where name = $1', [name]);
    return rows[0];
  }

  it('lets one of two runners execute', async () => {
    let runs = 0;
    const entered = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const job: Job = {
      name: 'one-of-two',
      schedule: NEVER,
      run: async () => {
        runs += 1;
        entered.resolve();
        await finish.promise;
      },
    };
    const [one, other] = [1, 2].map(() => createJobRunner(database.database, [job], logger));
    assert(one !== undefined && other !== undefined);
    const first = one.runNow(job.name);
    await entered.promise;
    assert.equal(await other.runNow(job.name), 'elsewhere');
    finish.resolve();
    assert.equal(await first, 'succeeded');
    assert.equal(runs, 1);
    assert.equal(await other.runNow(job.name), 'succeeded');
    const row = await record(job.name);
    assert.equal(row.last_outcome, 'succeeded');
    assert.ok((row.last_finished_at as Date) >= (row.last_started_at as Date));
    await Promise.all([one.stop(), other.stop()]);
  });

  it('lists jobs with what came of their last runs, and who runs', async () => {
    const finish = Promise.withResolvers<void>();
    const jobs: Job[] = [
      { name: 'listed.slow', schedule: '0 0 1 1 *', run: () => finish.promise },
      {
        name: 'listed.broken',
        schedule: '* * * * *',
        run: async () => {
          throw new Error('out of paper');
        },
      },
    ];
    const [one, other] = [1, 2].map(() => createJobRunner(database.database, jobs, logger));
    assert(one !== undefined && other !== undefined);
    const fresh = await one.list();
    assert.deepEqual(
      fresh.map(({ name, isRunning, nextRunAt, lastOutcome }) => [name, isRunning, nextRunAt, lastOutcome]),
      [
        ['listed.broken', false, null, null],
        ['listed.slow', false, null, null],
      ],
    );
    await one.start();
    assert.equal(await one.begin('listed.slow'), 'started');
    assert.equal(await other.begin('listed.slow'), 'elsewhere');
    assert.equal(await other.runNow('listed.broken'), 'failed');
    const [broken, slow] = await other.list();
    assert.deepEqual([slow?.isRunning, slow?.lastFinishedAt], [true, null]);
    assert.deepEqual([broken?.lastOutcome, broken?.lastError], ['failed', 'Error: out of paper']);
    assert.ok(broken?.lastDurationMs !== null && broken?.lastStartedAt !== null);
    assert.match((await one.list())[1]?.nextRunAt ?? '', /-01-01T00:00:00.000Z$/);
    finish.resolve();
    await one.stop();
    const [, ended] = await other.list();
    assert.deepEqual([ended?.isRunning, ended?.lastOutcome], [false, 'succeeded']);
    await assert.rejects(one.begin('listed.nothing'), unknownJob.is);
    await other.stop();
  });

  it('runs a tick of the schedule once over all processes', async () => {
    const ticks: string[] = [];
    const second = Promise.withResolvers<void>();
    const make = () =>
      createJobRunner(
        database.database,
        [
          {
            name: 'every-second',
            schedule: '* * * * * *',
            run: async () => {
              const row = await record('every-second');
              ticks.push((row.last_due_at as Date).toISOString());
              if (ticks.length === 2) second.resolve();
            },
          },
        ],
        logger,
      );
    const runners = [make(), make()];
    await Promise.all(runners.map((runner) => runner.start()));
    await second.promise;
    await Promise.all(runners.map((runner) => runner.stop()));
    assert.equal(new Set(ticks).size, ticks.length, ticks.join());
    assert.match(ticks[0] as string, /\.000Z$/);
  });

  it('waits at start for the jobs that run there, and fails with them', async () => {
    const order: string[] = [];
    const fine = createJobRunner(
      database.database,
      [{ name: 'at-start', schedule: NEVER, runAtStart: true, run: async () => void order.push('run') }],
      logger,
    );
    await fine.start();
    order.push('started');
    assert.deepEqual(order, ['run', 'started']);
    await fine.stop();

    const boom = new Error('no room');
    const failing = createJobRunner(
      database.database,
      [{ name: 'failing', schedule: NEVER, runAtStart: true, run: () => Promise.reject(boom) }],
      logger,
    );
    await assert.rejects(failing.start(), boom);
    await failing.stop();
    const row = await record('failing');
    assert.equal(row.last_outcome, 'failed');
    assert.equal(row.last_error, 'Error: no room');
  });

  it('tells running jobs to stop and waits for them', async () => {
    const entered = Promise.withResolvers<void>();
    let ended = false;
    const job: Job = {
      name: 'long',
      schedule: NEVER,
      run: async (signal) => {
        entered.resolve();
        await once(signal, 'abort');
        ended = true;
      },
    };
    const runner = createJobRunner(database.database, [job], logger);
    const run = runner.runNow('long');
    await entered.promise;
    await runner.stop();
    assert.equal(ended, true);
    assert.equal(await run, 'succeeded');
    assert.equal(await runner.runNow('long'), 'elsewhere');
  });

  it('tells a job that its lock was lost', async () => {
    const entered = Promise.withResolvers<void>();
    const job: Job = {
      name: 'lock-lost',
      schedule: NEVER,
      run: async (signal) => {
        entered.resolve();
        await once(signal, 'abort');
        throw new Error('lock lost');
      },
    };
    const runner = createJobRunner(database.database, [job], logger);
    const run = runner.runNow('lock-lost');
    await entered.promise;
    await database.pool.query(
      `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and database =
        (select oid from pg_database where datname = current_database())`,
    );
    assert.equal(await run, 'failed');
    await runner.stop();
  });

  it('refuses bad schedules and unknown jobs', async () => {
    const run = async () => {};
    assert.throws(
      () => createJobRunner(database.database, [{ name: 'x', schedule: 'at noon', run }], logger),
      (error) => badSchedule.is(error),
    );
    const runner = createJobRunner(database.database, [], logger);
    await assert.rejects(runner.runNow('x'), (error) => unknownJob.is(error));
  });
});
