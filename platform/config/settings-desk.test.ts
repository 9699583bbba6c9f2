import assert from 'node:assert/strict';
import { FakeClock } from '@voltpile/kernel/clock';
import fc from 'fast-check';
import { PLATFORM_MIGRATIONS } from '../jobs/migrations.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { defineSettings } from './setting.ts';
import { text, textOf, wholeNumber } from './setting-types.ts';
import { Settings } from './settings.ts';
import { invalidSettings, nothingChanged, SettingsDesk, unknownSettingsVersion } from './settings-desk.ts';
import { SettingsStore, settingsChangedMeanwhile } from './settings-store.ts';

const TABLE = defineSettings({
  rate: { name: 'RATE', type: wholeNumber(1, 9), default: '1', change: 'live', description: 'how fast' },
  label: { name: 'LABEL', type: textOf(1, 100), change: 'live', description: 'a name' },
  door: { name: 'DOOR', type: wholeNumber(1, 9), default: '1', change: 'local', description: 'a port' },
  key: {
    name: 'KEY',
    type: text('must be a key', (given) => given.startsWith('k_')),
    change: 'restart',
    secret: true,
    description: 'a key',
  },
});

describe('the desk of settings', () => {
  let database: TestDatabase;
  let settings: Settings<typeof TABLE>;
  let desk: SettingsDesk<typeof TABLE>;
  const clock = new FakeClock('2026-05-01T00:00:00Z');
  const author = (expectedVersion: number, reason = 'tried') => ({ by: 'ann@example.com', reason, expectedVersion });

  beforeEach(async () => {
    database = await createTestDatabase({ migrations: [PLATFORM_MIGRATIONS] });
    settings = new Settings({ table: TABLE });
    settings.begin({ version: 0, texts: {} });
    desk = new SettingsDesk(settings, new SettingsStore(database.knex, clock));
  });
  afterEach(() => database.dispose());

  it('makes a version of every change, which counts here at once', async () => {
    assert.equal((await desk.list()).version, 0);
    const { version, differences } = await desk.change({ RATE: '5', LABEL: 'x' }, author(0, 'more'));
    assert.deepEqual(version, {
      version: 1,
      changedAt: '2026-05-01T00:00:00.000Z',
      changedBy: 'ann@example.com',
      reason: 'more',
      kind: 'change',
      rolledBackTo: null,
      texts: { RATE: '5', LABEL: 'x' },
    });
    assert.deepEqual(differences, [
      { name: 'LABEL', before: null, after: 'x' },
      { name: 'RATE', before: null, after: '5' },
    ]);
    assert.deepEqual([settings.live.rate, settings.stored.version], [5, 1]);
    await desk.change({ LABEL: null }, author(1));
    assert.deepEqual([settings.live.label, (await desk.version(2)).texts], [null, { RATE: '5' }]);
    await assert.rejects(desk.change({ RATE: '5' }, author(2)), (error) => nothingChanged.is(error));
  });

  it('lets one of those change who looked at the same version', async () => {
    const rates = ['2', '3', '4', '5'];
    const done = await Promise.allSettled(rates.map((RATE) => desk.change({ RATE }, author(0))));
    const refused = done.filter((one) => one.status === 'rejected').map(({ reason }) => reason as unknown);
    assert.equal(refused.length, 3);
    assert.ok(refused.every((error) => settingsChangedMeanwhile.is(error)));
    const { items } = await desk.history({ limit: 10 });
    assert.deepEqual(
      items.map(({ version }) => version),
      [1],
    );
    await assert.rejects(desk.rollBack(0, author(0)), (error) => settingsChangedMeanwhile.is(error));
    await assert.rejects(desk.import('RATE: 9', author(7)), (error) => settingsChangedMeanwhile.is(error));
  });

  it('never changes a version', async () => {
    await desk.change({ RATE: '5' }, author(0));
    for (const statement of [
      `update platform.settings set reason = 'other'`,
      'delete from platform.settings',
      'truncate platform.settings',
    ]) {
      await assert.rejects(database.pool.query(statement), /is not allowed: it is kept as it was written/);
    }
  });

  it('goes back to an earlier version by a new one', async () => {
    await desk.change({ RATE: '5' }, author(0));
    await desk.change({ RATE: '6', LABEL: 'x' }, author(1));
    const { version } = await desk.rollBack(1, author(2, 'it was better'));
    assert.deepEqual(
      [version.version, version.kind, version.rolledBackTo, version.texts],
      [3, 'rollback', 1, { RATE: '5' }],
    );
    assert.equal(settings.live.rate, 5);
    await desk.rollBack(0, author(3));
    assert.equal(settings.live.rate, 1);
    await assert.rejects(desk.rollBack(9, author(4)), (error) => unknownSettingsVersion.is(error));
    const first = await desk.history({ limit: 3 });
    const rest = await desk.history({ limit: 3, cursor: first.nextCursor ?? '' });
    assert.deepEqual(
      [...first.items, ...rest.items].map((one) => [one.version, one.kind]),
      [
        [4, 'rollback'],
        [3, 'rollback'],
        [2, 'change'],
        [1, 'change'],
      ],
    );
    assert.equal(rest.nextCursor, null);
  });

  it('takes nothing that is wrong, and repeats no secret', async () => {
    await assert.rejects(
      desk.change({ RATE: '0', DOOR: '2', NONE: 'x', KEY: 'k_hunter2' }, author(0)),
      (error: Error) =>
        invalidSettings.is(error) &&
        /RATE must be .*DOOR can only be set by .*NONE is not a setting.*KEY is a secret/.test(error.message) &&
        !/hunter2/.test(error.message),
    );
    await assert.rejects(desk.import('KEY: k_hunter2', author(0)), (error: Error) => !/hunter2/.test(error.message));
    await assert.rejects(desk.plan(`LABEL: ${'x'.repeat(5000)}`), (error) => invalidSettings.is(error));
    await assert.rejects(desk.change({ LABEL: 'a\u0000b' }, author(0)), (error) => invalidSettings.is(error));
    await assert.rejects(desk.change({ LABEL: '\ud800' }, author(0)), (error) => invalidSettings.is(error));
    // Whether it is there is seen where it is used.
    await desk.change({ KEY: 'file:/run/secrets/key' }, author(0));
    const { rows } = await database.pool.query('select texts from platform.settings');
    assert.deepEqual(rows, [{ texts: { KEY: 'file:/run/secrets/key' } }]);
  });

  it('keeps what another version of the program has stored until it is taken back', async () => {
    await database.pool.query(
      `insert into platform.settings values (1, now(), 'bob', 'an upgrade', 'change', null, '{"TOMORROW": "x", "RATE": "many"}')`,
    );
    const { items, unknown } = await desk.list();
    assert.deepEqual(unknown, [{ name: 'TOMORROW', problem: 'TOMORROW is not a setting of this version' }]);
    const { value, problem } = items.find(({ name }) => name === 'RATE') ?? assert.fail();
    assert.deepEqual([value, problem], ['1', 'RATE must be a whole number from 1 to 9']);
    await desk.change({ LABEL: 'x' }, author(1));
    assert.deepEqual((await desk.version(2)).texts, { TOMORROW: 'x', RATE: 'many', LABEL: 'x' });
    await desk.change({ TOMORROW: null }, author(2));
    await assert.rejects(desk.change({ TOMORROW: 'y' }, author(3)), (error) => invalidSettings.is(error));
  });

  it('imports what was exported, whatever it was, and says before what it would change', async () => {
    const label = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 50 }).filter((given) => given.length <= 100);
    const texts = fc.record(
      { RATE: fc.integer({ min: 1, max: 9 }).map(String), LABEL: label, KEY: fc.constantFrom('env:A', 'file:/a b') },
      { requiredKeys: [], noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(texts, texts, async (one, other) => {
        const set = async (wanted: Partial<Record<string, string>>) => {
          const { version } = await desk.list();
          const changes = { RATE: null, LABEL: null, KEY: null, ...wanted };
          await desk.change(changes, author(version)).catch((error: unknown) => assert.ok(nothingChanged.is(error)));
          return (await desk.list()).version;
        };
        await set(one);
        const text = await desk.export();
        const version = await set(other);
        const { differences } = await desk.plan(text);
        if (differences.length > 0) await desk.import(text, author(version));
        assert.deepEqual(settings.stored.texts, one);
        assert.equal(await desk.export(), text);
        assert.deepEqual((await desk.plan(text)).differences, []);
      }),
      { numRuns: 25 },
    );
  });
});
