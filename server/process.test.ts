import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { postgresProcessesOf, stopLeftoverPostgres } from '@voltpile/platform/database/postgres-leftovers';
import { needsNatsServer, startNats } from '@voltpile/platform/testing/nats-server';
import { createTestDatabase } from '@voltpile/platform/testing/test-database';
import WebSocket from 'ws';
import { spawnServer } from './testing/server-process.ts';

const NO_MARKER = 'no process carries this';

describe('the server process', function () {
  this.timeout(90_000);

  let dataDir: string;
  let postgresData: string;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'voltpile-server-'));
    postgresData = join(dataDir, 'postgres', 'data');
  });
  afterEach(async () => {
    await stopLeftoverPostgres(postgresData, NO_MARKER);
    await rm(dataDir, { recursive: true, force: true });
  });

  /** Starts the server and expects it to refuse: exit code 1, nothing on stdout, a message and no stack trace. */
  async function refusal(settings: Record<string, string>): Promise<string> {
    await using server = spawnServer({ VOLTPILE_DATA_DIR: dataDir, ...settings });
    const { code } = await server.exited;
    const text = server.stderr.filter((line) => !/^\d\d:\d\d:\d\d\.\d+ /.test(line)).join('\n');
    assert.equal(code, 1, text);
    assert.deepEqual(server.stdout, []);
    assert.match(text, /^Voltpile cannot start\. /);
    assert.doesNotMatch(text, /^\s+at /m);
    return text;
  }

  it('says where it listens, serves, refuses a second start, and stops on SIGTERM without a trace', async () => {
    await using server = spawnServer({ VOLTPILE_DATA_DIR: dataDir, VOLTPILE_ONBOARDING: 'accept' });
    const ready = await server.ready;
    assert.equal(ready.pid, server.process.pid);
    assert.match(ready.http, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    assert.match(ready.ocpp, /^ws:\/\/127\.0\.0\.1:[1-9]\d*\/ocpp$/);
    assert.equal(ready.ocpps, undefined);
    assert.equal((await fetch(`${ready.http}/healthz`)).status, 200);
    assert.equal((await fetch(`${ready.http}/readyz`)).status, 200);
    assert.match(await (await fetch(`${ready.http}/metrics`)).text(), /^process_cpu_seconds_total /m);

    const running = await postgresProcessesOf(postgresData, NO_MARKER);
    assert.ok(running.length > 0);
    const owner = await stat(`/proc/${running[0]}`);
    assert.equal(owner.uid, process.getuid?.() === 0 ? 65534 : process.getuid?.());
    assert.equal((await stat(join(dataDir, 'secret'))).mode & 0o777, 0o600);

    const second = await refusal({});
    assert.match(
      second,
      new RegExp(`Another Voltpile \\(pid ${ready.pid}\\) is running on the data folder ${dataDir}\\.`),
    );

    const station = new WebSocket(`${ready.ocpp}/CP1`, 'ocpp1.6');
    await once(station, 'open');
    const closed = once(station, 'close');
    assert.deepEqual(await server.kill('SIGTERM'), { code: 0, signal: null });
    assert.equal((await closed)[0], 1001);
    assert.deepEqual(await postgresProcessesOf(postgresData, NO_MARKER), []);
    assert.equal(server.stdout.length, 1);
  });

  it('drains stations one after the other on SIGTERM, and is not ready from the first moment', async () => {
    await using database = await createTestDatabase();
    await using server = spawnServer({
      VOLTPILE_DATA_DIR: dataDir,
      DATABASE_URL: database.url,
      VOLTPILE_ONBOARDING: 'accept',
      VOLTPILE_DRAIN_SECONDS: '60',
    });
    const { http, ocpp } = await server.ready;
    const stations = Array.from({ length: 20 }, (_, index) => new WebSocket(`${ocpp}/CP${index}`, 'ocpp1.6'));
    await Promise.all(stations.map((station) => once(station, 'open')));
    const codes = stations.map(async (station) => (await once(station, 'close'))[0]);
    const ended = server.kill('SIGTERM');
    await Promise.race(codes);
    const readiness = await fetch(`${http}/readyz`);
    assert.equal(readiness.status, 503);
    assert.deepEqual(await readiness.json(), { ready: false, checks: { server: 'stopping' } });
    assert.ok(stations.some((station) => station.readyState === station.OPEN));
    assert.deepEqual(new Set(await Promise.all(codes)), new Set([1001]));
    assert.deepEqual(await ended, { code: 0, signal: null });
  });

  it('leaves no PostgreSQL behind when it is killed, and starts again on the same data', async () => {
    const first = spawnServer({ VOLTPILE_DATA_DIR: dataDir });
    await first.ready;
    const secret = await readFile(join(dataDir, 'secret'), 'utf8');
    await first.kill('SIGKILL');
    const deadline = Date.now() + 15_000;
    while ((await postgresProcessesOf(postgresData, NO_MARKER)).length > 0) {
      assert.ok(Date.now() < deadline, 'PostgreSQL outlives its server');
      await sleep(20);
    }
    await using second = spawnServer({ VOLTPILE_DATA_DIR: dataDir });
    const { http } = await second.ready;
    assert.equal((await fetch(`${http}/readyz`)).status, 200);
    assert.equal(await readFile(join(dataDir, 'secret'), 'utf8'), secret);
  });

  it('stops cleanly when it is told so while it starts', async () => {
    await using server = spawnServer({ VOLTPILE_DATA_DIR: dataDir });
    while (!server.stderr.some((line) => line.includes('starting'))) await once(server.process.stderr as never, 'data');
    assert.deepEqual(await server.kill('SIGTERM'), { code: 0, signal: null });
    assert.deepEqual(await postgresProcessesOf(postgresData, NO_MARKER), []);
  });

  it('stops cleanly while it waits, as a gateway, for a csms that nobody serves', async function () {
    await using nats = await startNats(needsNatsServer(this));
    await using server = spawnServer({
      VOLTPILE_DATA_DIR: dataDir,
      VOLTPILE_ROLES: 'station-gateway',
      NATS_URL: nats.url,
    });
    const waits = () => server.stderr.filter((line) => line.includes('the domain does not answer yet'));
    while (waits().length === 0) await once(server.process.stderr as never, 'data');
    assert.match(waits()[0] as string, /Nobody serves station\.gatewayStarted/);
    assert.deepEqual(await server.kill('SIGTERM'), { code: 0, signal: null });
    assert.equal(waits().length, 1);
    assert.deepEqual(
      server.stderr.filter((line) => /^\s+at |cannot start/.test(line)),
      [],
    );
    assert.deepEqual(server.stdout, []);
  });

  it('runs on a database of one’s own', async () => {
    await using database = await createTestDatabase();
    await using server = spawnServer({ VOLTPILE_DATA_DIR: dataDir, DATABASE_URL: database.url });
    const { http } = await server.ready;
    assert.equal((await fetch(`${http}/readyz`)).status, 200);
    assert.deepEqual(await postgresProcessesOf(postgresData, NO_MARKER), []);
    await server.kill('SIGTERM');
  });

  it('names bad settings', async () => {
    const text = await refusal({ VOLTPILE_HTTP_PORT: 'eighty', VOLTPILE_ONBORDING: 'accept' });
    assert.match(text, /VOLTPILE_HTTP_PORT must be a whole number/);
    assert.match(text, /VOLTPILE_ONBORDING is not a setting; VOLTPILE_ONBOARDING is one/);
  });

  it('names a database that does not answer, without its password', async () => {
    const text = await refusal({ DATABASE_URL: 'postgresql://me:hunter2@127.0.0.1:1/volt' });
    assert.match(text, /The database 127\.0\.0\.1:1\/volt cannot be used: .*ECONNREFUSED.*Check DATABASE_URL/);
    assert.doesNotMatch(text, /hunter2/);
  });

  it('names a port that is taken', async () => {
    await using database = await createTestDatabase();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    try {
      const settings = { DATABASE_URL: database.url };
      for (const name of ['VOLTPILE_HTTP_PORT', 'VOLTPILE_OCPP_PORT']) {
        const text = await refusal({ ...settings, [name]: String(port) });
        assert.match(text, new RegExp(`\\b${port}: EADDRINUSE\\. Another program uses this port`));
      }
    } finally {
      other.close();
    }
  });

  it('names a data folder that cannot be used', async () => {
    const file = join(dataDir, 'file');
    await writeFile(file, '');
    assert.match(await refusal({ VOLTPILE_DATA_DIR: file }), /is in the way: it is not a folder/);
    if (process.getuid?.() === 0) return;
    const locked = join(dataDir, 'locked');
    await mkdir(locked);
    await chmod(locked, 0o500);
    assert.match(await refusal({ VOLTPILE_DATA_DIR: locked }), /Cannot write .*not permitted/);
  });

  it('tells an old Node what to do', async () => {
    const old = await readFile(join(import.meta.dirname, 'main.mjs'), 'utf8');
    // The same text with another version in its place: an old Node is seldom at hand.
    const pretended = old.replaceAll('process.versions.node', "'18.19.0'");
    assert.notEqual(pretended, old);
    const file = join(dataDir, 'main.mjs');
    await writeFile(file, pretended);
    const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => (text += chunk));
    const [code] = await once(child, 'close');
    assert.equal(code, 1);
    assert.match(text, /^Voltpile needs Node 24 or newer, but this is Node 18\.19\.0\.\nStart it with "npm start"/);
  });
});
