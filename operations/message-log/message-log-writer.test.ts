import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import fc from 'fast-check';
import type { Client } from 'pg';
import { operationsMigrations } from '../persistence/migrations.ts';
import { exchangeRow } from './exchange-row.ts';
import { MessageLogWriter, type WriterLimits } from './message-log-writer.ts';

const ORGANIZATION = uuidv7();
const SITE = uuidv7();

function row(id = uuidv7(), request = '[2,"m","Heartbeat",{}]'): Buffer {
  return exchangeRow(id, {
    station: uuidv7(),
    identity: 'CP-1',
    organizationId: ORGANIZATION,
    siteId: SITE,
    protocol: 'ocpp1.6',
    direction: 'from-station',
    action: 'Heartbeat',
    messageId: 'm',
    outcome: 'result',
    errorCode: null,
    requestedAt: instant(Date.parse('2026-03-01T12:00:00Z')),
    latencyMs: 1,
    request,
    response: null,
    oddities: [],
  });
}

describe('the writer of the message log', () => {
  let test: TestDatabase;
  let writers: MessageLogWriter[] = [];
  const dropped: [string, number][] = [];

  before(async () => {
    test = await createTestDatabase({ migrations: [operationsMigrations] });
  });
  after(() => test.dispose());
  beforeEach(async () => {
    await test.pool.query('truncate operations.message_log');
    dropped.length = 0;
  });
  afterEach(async () => {
    await Promise.all(writers.map((writer) => writer.close(0)));
    writers = [];
  });

  /** A writer, and the connections that it has opened. */
  function create(
    limits: Partial<WriterLimits> = {},
    connect: () => Promise<Client> = () => test.database.dedicatedClient({ answerTimeoutMs: limits.answerMs ?? 5000 }),
  ): { writer: MessageLogWriter; clients: Client[]; log: string[] } {
    const clients: Client[] = [];
    const log: string[] = [];
    const writer = new MessageLogWriter({
      database: {
        async dedicatedClient() {
          const client = await connect();
          clients.push(client);
          return client;
        },
      },
      logger: createLogger({ level: 'info', format: 'json', write: (line) => log.push(JSON.parse(line).msg) }),
      onWritten: () => undefined,
      onDropped: (reason, rows) => dropped.push([reason, rows]),
      limits: { batchMs: 5, retryMs: 5, ...limits },
    });
    writers.push(writer);
    return { writer, clients, log };
  }

  const stored = async (): Promise<number> =>
    Number((await test.pool.query('select count(*) from operations.message_log')).rows[0].count);

  it('writes in batches by itself, on one connection', async () => {
    const { writer, clients } = create({ batchRows: 10 });
    for (let index = 0; index < 95; index++) writer.add(row());
    await writer.flush();
    assert.deepEqual([writer.written, writer.waiting, writer.waitingBytes, await stored()], [95, 0, 0, 95]);
    writer.add(row());
    while (writer.written < 96) await new Promise(setImmediate);
    assert.equal(clients.length, 1);
  });

  it('stores any text as it is, but for what text cannot hold', async () => {
    const { writer } = create();
    const sent = new Map<string, string>();
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'\t\n\r\\\0\ud83d\ude00aN."{'.split('')), maxLength: 20 }),
        (text) => {
          const id = uuidv7();
          sent.set(id, text.toWellFormed().replaceAll('\0', '\ufffd'));
          writer.add(row(id, text));
        },
      ),
      { numRuns: 300 },
    );
    await writer.flush();
    const { rows } = await test.pool.query('select id, request from operations.message_log');
    assert.deepEqual(new Map(rows.map(({ id, request }) => [id, request])), sent);
  });

  it('drops the newest when rows or bytes are too many', async () => {
    const first = create({ bufferRows: 3 }).writer;
    for (let index = 0; index < 5; index++) first.add(row());
    assert.deepEqual([first.waiting, first.dropped, first.isFull], [3, 2, true]);
    const second = create({ bufferBytes: 100 }).writer;
    for (let index = 0; index < 5; index++) second.add(row());
    assert.deepEqual([second.waiting, second.dropped], [1, 4]);
    await Promise.all([first.flush(), second.flush()]);
    assert.equal(await stored(), 4);
    assert.equal(first.isFull, false);
    assert.deepEqual(new Set(dropped.map(([reason]) => reason)), new Set(['overload']));
  });

  it('keeps what it has while the database is away, and writes it when it is back', async () => {
    let isAway = true;
    const tried = Promise.withResolvers<void>();
    const { writer, log } = create({ bufferRows: 20 }, async () => {
      if (!isAway) return test.database.dedicatedClient();
      tried.resolve();
      throw Object.assign(new Error('nobody there'), { code: 'ECONNREFUSED' });
    });
    for (let index = 0; index < 25; index++) writer.add(row());
    await tried.promise;
    assert.deepEqual([writer.waiting, writer.dropped, writer.written], [20, 5, 0]);
    isAway = false;
    await writer.flush();
    assert.deepEqual([writer.waiting, writer.written, await stored()], [0, 20, 20]);
    assert.deepEqual(log, ['the message log cannot be written at the moment', 'the message log is written again']);
  });

  it('goes on by itself when its connection is cut', async () => {
    const { writer, clients } = create();
    writer.add(row());
    await writer.flush();
    const ended = new Promise((resolve) => clients[0]?.once('end', resolve));
    await test.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'copy operations%'`,
    );
    await ended;
    writer.add(row());
    await writer.flush();
    assert.deepEqual([writer.written, writer.dropped, clients.length, await stored()], [2, 0, 2, 2]);
  });

  it('gives an answer up that does not come, writes nothing twice, and harms nobody', async () => {
    const { writer, clients } = create({ answerMs: 100 });
    const holder = await test.database.dedicatedClient();
    await holder.query('begin');
    await holder.query('lock table operations.message_log in access exclusive mode');
    const uncaught: unknown[] = [];
    const note = (error: unknown): void => void uncaught.push(error);
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException').on('uncaughtException', note);
    try {
      for (let index = 0; index < 10; index++) writer.add(row());
      const flushed = writer.flush();
      // The third try is under way: two answers were missed.
      while (clients.length < 3) await new Promise(setImmediate);
      assert.deepEqual([writer.waiting, writer.dropped], [10, 0]);
      await holder.query('rollback');
      await flushed;
    } finally {
      process.removeListener('uncaughtException', note);
      for (const listener of others) process.on('uncaughtException', listener);
      await holder.end();
    }
    assert.deepEqual([uncaught, writer.written, writer.dropped], [[], 10, 0]);
    assert.equal(await stored(), 10);
  });

  it('takes a batch for written whose answer was lost', async () => {
    const ids = [uuidv7(), uuidv7()];
    let isFirst = true;
    const { writer } = create({}, async () => {
      const client = await test.database.dedicatedClient();
      if (!isFirst) return client;
      isFirst = false;
      // Writes the rows, then loses the line before it could say so.
      await client.query('set synchronous_commit = off');
      const before = await stored();
      const send = client.query.bind(client) as (query: unknown) => unknown;
      client.query = ((query: unknown) => {
        const sent = send(query);
        if (typeof query === 'string') return sent;
        const stream = sent as NodeJS.WritableStream;
        const emit = stream.emit.bind(stream);
        stream.emit = (event: string, ...values: unknown[]) =>
          event === 'finish'
            ? emit('error', Object.assign(new Error('Connection terminated unexpectedly'), { before }))
            : emit(event, ...(values as []));
        return stream;
      }) as typeof client.query;
      return client;
    });
    for (const id of ids) writer.add(row(id));
    await writer.flush();
    assert.deepEqual([writer.written, writer.dropped, await stored()], [2, 0, 2]);
  });

  it('leaves a row out that the table will never take, and only that one', async () => {
    const { writer, log } = create();
    for (let index = 0; index < 20; index++) writer.add(index === 7 ? Buffer.from('not a row\n') : row());
    await writer.flush();
    assert.deepEqual([writer.written, writer.dropped, await stored()], [19, 1, 19]);
    assert.deepEqual(dropped, [['refused', 1]]);
    assert.deepEqual(log, ['the database refuses rows of the message log']);
  });

  it('closes in time whatever the database does, and counts what it leaves', async () => {
    const { writer } = create();
    const holder = await test.database.dedicatedClient();
    await holder.query('begin');
    await holder.query('lock table operations.message_log in access exclusive mode');
    for (let index = 0; index < 10; index++) writer.add(row());
    const began = performance.now();
    await writer.close(100);
    assert.ok(performance.now() - began < 2000);
    assert.deepEqual([writer.waiting, writer.dropped], [0, 10]);
    writer.add(row());
    assert.deepEqual(dropped.at(-1), ['stopped', 1]);
    await holder.query('rollback');
    await holder.end();
    assert.equal(await stored(), 0);
  });

  it('writes what is waiting when it is closed', async () => {
    const { writer } = create({ batchMs: 60_000 });
    for (let index = 0; index < 10; index++) writer.add(row());
    await writer.close();
    assert.equal(await stored(), 10);
  });
});
