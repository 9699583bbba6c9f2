import assert from 'node:assert/strict';
import { FakeClock, instant } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createMetrics } from '@voltpile/platform/telemetry/metrics';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import fc from 'fast-check';
import type { LoggedExchange } from '../contract/message-log.ts';
import { operationsMigrations } from '../persistence/migrations.ts';
import { copyRow } from './copy-text.ts';
import { Levels } from './levels.ts';
import { maskFrame } from './mask-frame.ts';
import { createMessageLog, type MessageLog, searchTooWide } from './service.ts';

const logger = createLogger({ level: 'silent', format: 'json' });
const ORGANIZATION = uuidv7();
const OTHER = uuidv7();
const EVERYTHING = { kind: 'everything' } as const;
const PAGE = { limit: 10 };

describe('the message log', () => {
  let test: TestDatabase;
  let clock: FakeClock;
  let log: MessageLog;

  before(async () => {
    test = await createTestDatabase({ migrations: [operationsMigrations] });
  });
  after(() => test.dispose());
  beforeEach(async () => {
    await test.pool.query('truncate operations.message_log, operations.message_log_levels');
    clock = new FakeClock('2026-03-01T12:00:00Z');
    log = createMessageLog({
      database: test.database,
      clock,
      logger,
      metrics: createMetrics(),
      settings: { level: 'errors', keepDays: 7 },
    });
    await log.start();
  });

  const exchange = (more: Partial<LoggedExchange> = {}): LoggedExchange => ({
    station: uuidv7(),
    identity: 'CP-1',
    organizationId: ORGANIZATION,
    siteId: uuidv7(),
    protocol: 'ocpp2.0.1',
    direction: 'from-station',
    action: 'Heartbeat',
    messageId: 'm-1',
    outcome: 'result',
    errorCode: null,
    requestedAt: instant(clock.now()),
    latencyMs: 12.4,
    request: '[2,"m-1","Heartbeat",{}]',
    response: '[3,"m-1",{"currentTime":"2026-03-01T12:00:00Z"}]',
    oddities: [],
    ...more,
  });

  it('keeps a message with its answer, and finds it by what is known of it', async () => {
    log.sink.record(exchange());
    log.sink.record(
      exchange({
        identity: 'CP-2',
        action: 'Reset',
        direction: 'to-station',
        outcome: 'timeout',
        response: null,
        latencyMs: null,
      }),
    );
    log.sink.record(
      exchange({ organizationId: OTHER, outcome: 'error', errorCode: 'SecurityError', messageId: 'm-9' }),
    );
    await log.stop();
    const all = await log.port.list(EVERYTHING, {}, PAGE);
    assert.equal(all.items.length, 3);
    assert.deepEqual(
      { ...all.items[2], id: '', siteId: '' },
      {
        id: '',
        siteId: '',
        stationId: 'CP-1',
        organizationId: ORGANIZATION,
        protocol: 'ocpp2.0.1',
        direction: 'from-station',
        action: 'Heartbeat',
        messageId: 'm-1',
        outcome: 'result',
        errorCode: null,
        requestedAt: '2026-03-01T12:00:00.000Z',
        latencyMs: 12,
        request: '[2,"m-1","Heartbeat",{}]',
        response: '[3,"m-1",{"currentTime":"2026-03-01T12:00:00Z"}]',
        requestBytes: 24,
        responseBytes: 48,
        truncated: false,
        oddities: [],
      },
    );
    const count = async (
      filter: Parameters<typeof log.port.list>[1],
      scope: Parameters<typeof log.port.list>[0] = EVERYTHING,
    ) => (await log.port.list(scope, filter, PAGE)).items.length;
    assert.equal(await count({ stationId: 'CP-2' }), 1);
    assert.equal(await count({ action: 'Heartbeat', outcome: 'error' }), 1);
    assert.equal(await count({ direction: 'to-station' }), 1);
    assert.equal(await count({ messageId: 'm-9' }), 1);
    assert.equal(await count({ search: 'currentTime' }), 2);
    assert.equal(await count({ search: '%' }), 0);
    assert.equal(await count({ search: '\u0000' }), 0);
    assert.equal(await count({ from: '2026-03-01T12:00:00Z', to: '2026-03-01T12:00:01Z' }), 3);
    assert.equal(await count({ to: '2026-03-01T12:00:00Z' }), 0);
    assert.equal(await count({}, { kind: 'organizations', organizationIds: [OTHER] }), 1);
    assert.equal(await count({}, { kind: 'sites', siteIds: [] }), 0);
    await assert.rejects(log.port.list(EVERYTHING, { from: 'yesterday' }, PAGE), /RFC 3339/);
    const first = await log.port.list(EVERYTHING, {}, { limit: 2 });
    const second = await log.port.list(EVERYTHING, {}, { limit: 2, cursor: first.nextCursor as string });
    assert.deepEqual([...first.items, ...second.items], all.items);
  });

  it('has a level for each station, and one for all others', async () => {
    const wants = (identity: string) => [log.sink.wants(identity, false), log.sink.wants(identity, true)];
    assert.deepEqual(wants('CP-1'), [false, true]);
    assert.deepEqual(await log.port.setting('CP-1'), {
      stationId: 'CP-1',
      level: 'errors',
      isDefault: true,
      droppedSinceStart: 0,
    });
    await log.port.set('CP-1', 'all');
    await log.port.set('CP-2', 'off');
    assert.deepEqual(
      [wants('CP-1'), wants('CP-2'), wants('CP-3')],
      [
        [true, true],
        [false, false],
        [false, true],
      ],
    );
    await log.stop();
    const again = createMessageLog({
      database: test.database,
      clock,
      logger,
      metrics: createMetrics(),
      settings: { level: 'off', keepDays: 7 },
    });
    await again.start();
    assert.deepEqual([again.sink.wants('CP-1', false), again.sink.wants('CP-3', true)], [true, false]);
    assert.deepEqual((await again.port.set('CP-1', null)).level, 'off');
    await again.stop();
  });

  it('takes any text, masks secrets, and cuts what is long', async () => {
    const awkward = 'tab\t back\\ line\r\n nul\u0000 half\ud83d \\N \\.';
    log.sink.record(exchange({ request: awkward, response: null }));
    const key =
      '[2,"m","SetVariables",{"setVariableData":[{"attributeValue":"s3cret-key","variable":{"name":"BasicAuthPassword"},"component":{"name":"SecurityCtrlr"}}]}]';
    log.sink.record(exchange({ request: key, response: 'x'.repeat(100_000) }));
    await log.stop();
    const [second, first] = (await log.port.list(EVERYTHING, {}, PAGE)).items;
    assert.equal(first?.request, 'tab\t back\\ line\r\n nul\ufffd half\ufffd \\N \\.');
    assert.ok(!second?.request.includes('s3cret'));
    assert.match(second?.request ?? '', /BasicAuthPassword/);
    assert.deepEqual([second?.response?.length, second?.responseBytes], [65_536, 100_000]);
    assert.deepEqual([first?.truncated, second?.truncated], [false, true]);
  });

  it('drops days whose time is over, and makes the ones to come', async () => {
    const days = async () =>
      (
        await test.pool.query(
          `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'operations.message_log'::regclass order by 1`,
        )
      ).rows.map(({ name }) => name);
    const [job] = log.jobs;
    await job?.run(new AbortController().signal);
    assert.ok((await days()).includes('operations.message_log_2026_03_04'));
    log.sink.record(exchange());
    await log.stop();
    clock.advance(9 * 86_400_000);
    await job?.run(new AbortController().signal);
    assert.ok(!(await days()).includes('operations.message_log_2026_03_01'));
    assert.deepEqual((await log.port.list(EVERYTHING, {}, PAGE)).items, []);
  });

  it('does not make a row for which there is no room, and counts it', async () => {
    const metrics = createMetrics();
    const small = createMessageLog({
      database: test.database,
      clock,
      logger,
      metrics,
      settings: { level: 'all', keepDays: 7 },
      limits: { bufferRows: 2 },
    });
    for (let index = 0; index < 5; index++) small.sink.record(exchange());
    assert.equal((await small.port.setting('CP-1')).droppedSinceStart, 3);
    assert.match(await metrics.registry.metrics(), /voltpile_message_log_dropped_total\{reason="overload"\} 3/);
    await small.stop();
    assert.match(await metrics.registry.metrics(), /voltpile_message_log_written_total 2/);
  });

  it('throws nothing at those who tell, whatever they tell', async () => {
    log.sink.record({ ...exchange(), requestedAt: instant(Number.NaN) });
    log.sink.record(exchange());
    await log.stop();
    assert.equal((await log.port.setting('CP-1')).droppedSinceStart, 1);
    assert.equal((await log.port.list(EVERYTHING, {}, PAGE)).items.length, 1);
  });

  it('keeps what was odd, within bounds', async () => {
    const oddities = [
      'schema:/x must be\u0000 string\ud83d',
      ...Array.from({ length: 30 }, (_, n) => `${n}`.repeat(300)),
    ];
    log.sink.record(exchange({ oddities, action: 'A'.repeat(1000) }));
    await log.stop();
    const [kept] = (await log.port.list(EVERYTHING, {}, PAGE)).items;
    assert.equal(kept?.oddities.length, 20);
    assert.equal(kept?.oddities[0], 'schema:/x must be\ufffd string\ufffd');
    assert.deepEqual([kept?.oddities[11]?.length, kept?.action?.length], [255, 255]);
  });

  it('ends a page where its frames grow large, and leaves none out', async () => {
    for (let index = 0; index < 60; index++) {
      log.sink.record(
        exchange({ messageId: `m-${index}`, request: 'x'.repeat(200_000), response: 'y'.repeat(70_000) }),
      );
    }
    await log.stop();
    const seen: (string | null)[] = [];
    const sizes: number[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await log.port.list(EVERYTHING, {}, { limit: 500, cursor });
      seen.push(...page.items.map(({ messageId }) => messageId));
      sizes.push(page.items.length);
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    assert.deepEqual(sizes, [32, 28]);
    assert.deepEqual(
      seen,
      Array.from({ length: 60 }, (_, index) => `m-${59 - index}`),
    );
  });

  it('gives a search up that takes too long', async () => {
    const hasty = createMessageLog({
      database: test.database,
      clock,
      logger,
      metrics: createMetrics(),
      settings: { level: 'all', keepDays: 7 },
      searchMs: 50,
    });
    const holder = await test.database.dedicatedClient();
    await holder.query('begin');
    await holder.query('lock table operations.message_log in access exclusive mode');
    await assert.rejects(hasty.port.list(EVERYTHING, { search: 'x' }, PAGE), searchTooWide.is);
    await holder.query('rollback');
    await holder.end();
    assert.deepEqual(await hasty.port.list(EVERYTHING, { search: 'x' }, PAGE), { items: [], nextCursor: null });
  });

  it('hears of levels that were set on another node, and that they were taken back', async () => {
    const levels = new Levels({ knex: test.knex, logger, defaultLevel: () => 'off' });
    await levels.start();
    await log.port.set('CP-1', 'all');
    await log.port.set('CP-2', 'errors');
    await levels.refresh();
    assert.deepEqual(
      [levels.wants('CP-1', false), levels.wants('CP-2', false), levels.wants('CP-2', true)],
      [true, false, true],
    );
    await log.port.set('CP-1', null);
    await levels.refresh();
    assert.equal(levels.wants('CP-1', true), false);
    assert.deepEqual(levels.of('CP-1'), { level: 'off', isDefault: true });
    levels.stop();
  });

  it('never shows a secret of a frame, readable or not, however it is written', () => {
    const hidden = [
      '[2,"m","X",{"password":"abc"',
      'hunt "abc" is the password',
      '[2,"m","ChangeConfiguration",{"key":"AuthorizationKey","value":"abc"}]',
      String.raw`[2,"m","ChangeConfiguration",{"key":"\u0041uthorizationKey","value":"abc"}]`,
      String.raw`[2,"m","GetDiagnostics",{"location":"ftp:\/\/joe:abc@host\/x"}]`,
      '[2,"m","GetDiagnostics",{"location":"ftp://joe:abc@host/x"}]',
      '[2,"m","GetDiagnostics",{"location":"ftp://joe:abc@host/x"',
    ];
    for (const frame of hidden) assert.ok(!maskFrame(frame).includes('abc'), frame);
    for (const frame of ['[2,"m","Heartbeat",{}]', '[2, "m", "X", {"url": "https://host/"}]', 'no json']) {
      assert.equal(maskFrame(frame), frame);
    }
    const deep = `{"password":${'['.repeat(20_000)}"abc"${']'.repeat(20_000)}}`;
    assert.ok(!maskFrame(deep).includes('abc'));
    fc.assert(
      fc.property(fc.string(), (text) => {
        maskFrame(text);
        assert.equal(copyRow([text]).split('\n').length, 2);
      }),
    );
  });
});
