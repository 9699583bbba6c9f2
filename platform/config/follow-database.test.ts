import assert from 'node:assert/strict';
import { FakeClock } from '@voltpile/kernel/clock';
import { PLATFORM_MIGRATIONS } from '../jobs/migrations.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { type Follower, followDatabase } from './follow-database.ts';
import { NOTHING_STORED, type StoredSettings } from './settings.ts';
import { SettingsStore } from './settings-store.ts';

/** Nothing looks by itself within the time of a test. */
const NEVER_MS = 3_600_000;

describe('settings of the database', () => {
  let database: TestDatabase;
  let store: SettingsStore;
  const followers: Follower[] = [];
  const log: string[] = [];
  const logger = createLogger({ level: 'info', format: 'json', write: (line) => log.push(line) });

  beforeEach(async () => {
    log.length = 0;
    database = await createTestDatabase({ migrations: [PLATFORM_MIGRATIONS] });
    store = new SettingsStore(database.knex, new FakeClock('2026-05-01T00:00:00Z'));
  });
  afterEach(async () => {
    await Promise.all(followers.splice(0).map((follower) => follower.stop()));
    await database.dispose();
  });

  /** Keeps what it takes; `next` is the one after. */
  function taker(lookMs: number) {
    let stored: StoredSettings = NOTHING_STORED;
    let waiting: PromiseWithResolvers<StoredSettings> | undefined;
    const follower = followDatabase({
      database: database.database,
      logger,
      lookMs,
      settings: {
        get stored() {
          return stored;
        },
        apply(given) {
          stored = given;
          waiting?.resolve(given);
          waiting = undefined;
        },
      },
    });
    followers.push(follower);
    follower.start();
    return {
      next: () => {
        waiting ??= Promise.withResolvers<StoredSettings>();
        return waiting.promise;
      },
    };
  }
  const write = (expectedVersion: number, texts: Record<string, string>) =>
    store.write({ expectedVersion, texts, changedBy: 'a', reason: 'b', kind: 'change', rolledBackTo: null });
  const listening = async (): Promise<number[]> => {
    const { rows } = await database.pool.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and query like '%platform.settings%' and pid <> pg_backend_pid() and state = 'idle'`,
    );
    return rows.map(({ pid }) => pid);
  };

  it('are taken as soon as they are written, by all who follow', async () => {
    await write(0, { A: '1' });
    const takers = [taker(NEVER_MS), taker(NEVER_MS)];
    await Promise.all(takers.map(({ next }) => next()));
    const taken = takers.map(({ next }) => next());
    await write(1, { A: '2' });
    assert.deepEqual(await Promise.all(taken), [
      { version: 2, texts: { A: '2' } },
      { version: 2, texts: { A: '2' } },
    ]);
  });

  it('are found without a word, too', async () => {
    const { next } = taker(5);
    const taken = next();
    // Past the store: nobody is told.
    await database.pool.query(
      `insert into platform.settings values (1, now(), 'a', 'b', 'change', null, '{"A": "1"}')`,
    );
    assert.deepEqual(await taken, { version: 1, texts: { A: '1' } });
  });

  it('are followed on another connection when one is lost, and the loss is told once', async () => {
    await write(0, { A: '1' });
    const { next } = taker(5);
    await next();
    const [pid] = await listening();
    assert.ok(pid !== undefined);
    const taken = next();
    await database.pool.query('select pg_terminate_backend($1)', [pid]);
    await write(1, { A: '2' });
    assert.equal((await taken).version, 2);
    assert.ok(log.filter((line) => line.includes('cannot be read')).length <= 1);
  });

  it('are none on a database that was never migrated', async () => {
    await database.pool.query('drop table platform.settings');
    const { next } = taker(5);
    const taken = next();
    await database.pool.query('create table platform.settings (version integer, texts jsonb)');
    await database.pool.query(`insert into platform.settings values (3, '{"A": "3"}')`);
    assert.equal((await taken).version, 3);
    assert.deepEqual(log, []);
  });
});
