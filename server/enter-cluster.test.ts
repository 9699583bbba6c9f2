import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Database } from '@voltpile/platform/database/connection';
import { migrateDatabase } from '@voltpile/platform/database/migrations';
import { PLATFORM_MIGRATIONS } from '@voltpile/platform/jobs/migrations';
import { connectBus } from '@voltpile/platform/nats/connection';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createMetrics } from '@voltpile/platform/telemetry/metrics';
import { needsNatsServer, startNats, type TestNats } from '@voltpile/platform/testing/nats-server';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import { enterCluster, nodeIdInUse, otherDatabase, otherSecret } from './enter-cluster.ts';
import { givenSettings } from './settings/settings.ts';

const SECRET = Buffer.from('the secret of this cluster, of 32 characters or more');

interface Plan {
  readonly csms?: TestDatabase;
  readonly shared?: TestDatabase;
  readonly secret?: Buffer;
  readonly node?: string;
}

describe('entering a cluster', function () {
  this.timeout(60_000);
  let program: string;
  let nats: TestNats;
  let all: AsyncDisposableStack;

  before(function () {
    program = needsNatsServer(this);
  });
  beforeEach(async () => {
    all = new AsyncDisposableStack();
    nats = all.use(await startNats(program));
  });
  afterEach(() => all.disposeAsync());

  const database = async () => all.use(await createTestDatabase());

  /** A process with csms, or with nothing; stays until the end of the test. */
  async function enter({ csms, shared, secret = SECRET, node = randomUUID() }: Plan): Promise<void> {
    const logger = createLogger({ level: 'silent', format: 'json' });
    const bus = await connectBus({ url: nats.url, name: 'test', logger, metrics: createMetrics({ process: false }) });
    const connection = all.use(bus);
    const own = csms ?? shared;
    const { local } = givenSettings({
      dataDir: '/data',
      databaseUrl: shared?.url ?? null,
      csmsDatabaseUrl: csms?.url ?? null,
    });
    const kept = own === undefined ? [] : [{ database: own.database, roles: ['csms'] as const }];
    const platform: Database | null = shared?.database ?? null;
    const others = platform === null || platform === own?.database ? [] : [{ database: platform, roles: [] }];
    const databases = { all: [...kept, ...others], platform, embedded: undefined };
    const facts = {
      host: 'here',
      pid: 1,
      version: '1.0.0',
      startedAt: new Date().toISOString(),
      zone: null,
      http: null,
    };
    try {
      const entry = await enterCluster({
        bus,
        identity: { ...facts, node },
        config: local,
        storage: own === undefined ? null : { databases, secret },
      });
      for (const { database: one } of databases.all) await migrateDatabase(one, [PLATFORM_MIGRATIONS]);
      await entry.settle();
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  const outcomes = async (plans: readonly Plan[]): Promise<readonly unknown[]> => {
    const settled = await Promise.allSettled(plans.map(enter));
    return settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  };

  it('lets all in that start at once on new databases, and those that come later', async () => {
    const [csms, shared] = [await database(), await database()];
    assert.deepEqual(await outcomes([{ csms, shared }, { csms, shared }, { csms }, { csms }, {}]), []);
    assert.deepEqual(await outcomes([{ csms, shared }, { csms }, {}]), []);
  });

  it('lets one in of two that start at once on different new databases, with nothing in common', async () => {
    const [first, second] = [await database(), await database()];
    const refused = await outcomes([{ csms: first }, { csms: second }]);
    assert.equal(refused.length, 1);
    assert.ok(otherDatabase.is(refused[0]), String(refused[0]));
  });

  it('lets one in of two that start at once with different secrets, or with one node id', async () => {
    const shared = await database();
    const [secret] = await outcomes([{ shared }, { shared, secret: Buffer.from('another one'.repeat(4)) }]);
    assert.ok(otherSecret.is(secret), String(secret));
    const node = randomUUID();
    const twins = await outcomes([{ node }, { node }]);
    assert.equal(twins.length, 1);
    assert.ok(nodeIdInUse.is(twins[0]), String(twins[0]));
  });

  it('refuses csms where its own database was forgotten, by what is noted in the shared one', async () => {
    const [csms, shared] = [await database(), await database()];
    await enter({ csms, shared });
    await assert.rejects(enter({ shared }), (error: Error) => {
      assert.match(error.message, /keeps what belongs to csms, as the .* knows it/);
      assert.match(
        error.message,
        /Check VOLTPILE_CSMS_DATABASE_URL \(without it DATABASE_URL counts\) and DATABASE_URL\./,
      );
      return otherDatabase.is(error);
    });
    await enter({ csms, shared });
  });

  it('takes a restored dump for what it is: the same database', async () => {
    const [old, restored] = [await database(), await database()];
    await enter({ csms: old });
    await migrateDatabase(restored.database, [PLATFORM_MIGRATIONS]);
    await assert.rejects(enter({ csms: restored }), otherDatabase.is);
    const { rows } = await old.pool.query<{ id: string }>('select id from platform.database_identity');
    await restored.pool.query('update platform.database_identity set id = $1', [rows[0]?.id]);
    await enter({ csms: restored });
  });
});
