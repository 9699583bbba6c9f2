import assert from 'node:assert/strict';
import { FakeClock, instant } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createMetrics } from '@voltpile/platform/telemetry/metrics';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import fc from 'fast-check';
import { operationsMigrations } from '../persistence/migrations.ts';
import { copyRow } from './copy-text.ts';
import { maskFrame } from './mask-frame.ts';
import { MessageLogWriter } from './message-log-writer.ts';
import { createMessageLog, type LoggedExchange, type MessageLog } from './service.ts';

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
    assert.deepEqual([second?.response?.length, second?.responseBytes], [65_537, 100_000]);
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

  it('drops what is too much, and counts it', async () => {
    const writer = new MessageLogWriter({ database: test.database, logger, maxRows: 3 });
    const row = () =>
      copyRow([
        uuidv7(),
        uuidv7(),
        'S',
        ORGANIZATION,
        OTHER,
        'p',
        'from-station',
        null,
        null,
        'result',
        null,
        '2026-03-01T12:00:00Z',
        null,
        'r',
        null,
        1,
        null,
      ]);
    for (let index = 0; index < 5; index++) writer.add(row());
    assert.deepEqual([writer.waiting, writer.dropped], [3, 2]);
    await writer.close();
    assert.deepEqual([writer.waiting, writer.written], [0, 3]);
  });

  it('waits while the database is away, and writes when it is back', async () => {
    let isAway = true;
    const database = {
      dedicatedClient: (...options: Parameters<typeof test.database.dedicatedClient>) =>
        isAway
          ? Promise.reject(Object.assign(new Error('nobody there'), { code: 'ECONNREFUSED' }))
          : test.database.dedicatedClient(...options),
    };
    const writer = new MessageLogWriter({ database, logger });
    const add = () =>
      writer.add(
        copyRow([
          uuidv7(),
          uuidv7(),
          'S',
          ORGANIZATION,
          OTHER,
          'p',
          'from-station',
          null,
          null,
          'result',
          null,
          '2026-03-01T12:00:00Z',
          null,
          'r',
          null,
          1,
          null,
        ]),
      );
    for (let index = 0; index < 1000; index++) add();
    // The thousandth has begun the first try.
    await new Promise(setImmediate);
    assert.deepEqual([writer.waiting, writer.dropped, writer.written], [1000, 0, 0]);
    isAway = false;
    await writer.close();
    assert.deepEqual([writer.waiting, writer.written], [0, 1000]);
  });

  it('leaves out a batch that the table will never take, and goes on', async () => {
    const writer = new MessageLogWriter({ database: test.database, logger });
    writer.add('not a row\n');
    await writer.close();
    assert.deepEqual([writer.dropped, writer.written, writer.waiting], [1, 0, 0]);
  });

  it('never shows a secret of a frame that cannot be read', () => {
    assert.ok(!maskFrame('[2,"m","X",{"password":"abc"').includes('abc'));
    assert.equal(maskFrame('[2,"m","Heartbeat",{}]'), '[2,"m","Heartbeat",{}]');
    fc.assert(
      fc.property(fc.string(), (text) => {
        maskFrame(text);
        assert.equal(copyRow([text]).split('\n').length, 2);
      }),
    );
  });
});
