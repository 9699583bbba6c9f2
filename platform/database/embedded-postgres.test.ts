import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { VoltpileError } from '@voltpile/kernel/errors';
import pg from 'pg';
import { type EmbeddedPostgres, type EmbeddedPostgresOptions, startEmbeddedPostgres } from './embedded-postgres.ts';
import { postgresProcessesOf, readPostmasterPid, stopLeftoverPostgres } from './postgres-leftovers.ts';

const FAST = { fsync: 'off', shared_buffers: '16MB' };
const NO_MARKER = 'no process carries this';

async function ask(server: EmbeddedPostgres, sql: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: server.connection().url });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    return rows[0]?.[0]?.toString();
  } finally {
    await client.end().catch(() => {});
  }
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > deadline) assert.fail(`waited in vain: ${what}`);
    await sleep(20);
  }
}

describe('embedded PostgreSQL', function () {
  this.timeout(60_000);

  let folder: string;
  let outer: string;

  beforeEach(async () => {
    outer = await mkdtemp(join(tmpdir(), 'voltpile-pg-'));
    await chmod(outer, 0o711);
    folder = join(outer, 'postgres');
  });
  afterEach(async () => {
    await stopLeftoverPostgres(join(folder, 'data'), NO_MARKER);
    await rm(outer, { recursive: true, force: true });
  });

  const start = (more: Partial<EmbeddedPostgresOptions> = {}) =>
    startEmbeddedPostgres({ folder, settings: FAST, ...more });

  it('makes a cluster, serves it on a socket only, stops without a trace, and opens it again', async () => {
    const first = await start({ settings: {} });
    assert.equal(await ask(first, 'show fsync'), 'on');
    assert.equal(await ask(first, 'show synchronous_commit'), 'on');
    assert.equal(await ask(first, 'show data_checksums'), 'on');
    assert.equal(await ask(first, 'show server_encoding'), 'UTF8');
    assert.equal(await ask(first, 'show listen_addresses'), '');
    await ask(first, 'create table kept as select 42 as answer');
    const processes = await postgresProcessesOf(first.dataFolder, NO_MARKER);
    assert.ok(processes.includes(first.pid as number));
    const owner = await stat(`/proc/${first.pid}`);
    assert.equal(owner.uid, process.getuid?.() === 0 ? 65534 : process.getuid?.());
    await first.stop();
    assert.deepEqual(await postgresProcessesOf(first.dataFolder, NO_MARKER), []);
    assert.equal(existsSync(join(first.dataFolder, 'postmaster.pid')), false);

    await using second = await start();
    assert.equal(await ask(second, 'select answer from kept'), '42');
    assert.equal((await stat(second.dataFolder)).mode & 0o777, 0o700);
  });

  it('works below folders that only we can enter, and where the path is too long for a socket', async () => {
    await chmod(outer, 0o700);
    folder = join(outer, 'x'.repeat(90), 'postgres');
    await mkdir(folder, { recursive: true });
    const server = await start();
    assert.equal(await ask(server, 'select 1'), '1');
    const socketFolder = new URL(server.connection().url).searchParams.get('host') as string;
    assert.ok(socketFolder.length < 90, socketFolder);
    assert.equal((await stat(socketFolder)).mode & 0o777, 0o700);
    await server.stop();
    assert.equal(existsSync(socketFolder), false);
    await using again = await start();
    assert.equal(await ask(again, 'select 1'), '1');
  });

  it('comes back by itself when PostgreSQL is killed', async () => {
    const lines: string[] = [];
    const warnings: string[] = [];
    await using server = await start({ log: (line, level) => (level === 'warn' ? warnings : lines).push(line) });
    await ask(server, 'create table kept as select 42 as answer');
    const killed = server.pid as number;
    process.kill(killed, 'SIGKILL');
    await until(() => server.pid !== undefined && server.pid !== killed, 'a new postmaster');
    await until(() => lines.includes('PostgreSQL is back'), 'PostgreSQL is back');
    assert.deepEqual(warnings, ['PostgreSQL ended (status 137); it is started again in 100 ms']);
    assert.equal(await ask(server, 'select answer from kept'), '42');
  });

  it('stops what a killed supervisor left behind, and starts', async () => {
    const first = await start();
    const [file = '', ...args] = (await readFile(`/proc/${first.pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
    const { uid, gid } = await stat(first.dataFolder);
    const socketFolder = new URL(first.connection().url).searchParams.get('host') as string;
    await first.stop();
    // Nobody supervises this one.
    await mkdir(socketFolder);
    await chown(socketFolder, uid, gid);
    const orphan = spawn(file, args, { uid, gid, cwd: first.dataFolder, stdio: 'ignore' });
    const ended = once(orphan, 'exit');
    await until(async () => (await readPostmasterPid(first.dataFolder)) === orphan.pid, 'the orphan runs');
    const lines: string[] = [];
    await using next = await start({ log: (line) => lines.push(line) });
    await ended;
    assert.notEqual(next.pid, orphan.pid);
    assert.ok(
      lines.some(
        (line) => line.startsWith('stopped what an earlier run left behind') && line.includes(`${orphan.pid}`),
      ),
    );
    assert.equal(await ask(next, 'select 1'), '1');
  });

  it('starts in spite of a postmaster.pid that names somebody else', async () => {
    await (await start()).stop();
    const data = join(folder, 'data');
    await writeFile(join(data, 'postmaster.pid'), `${process.pid}\n${data}\n`);
    await using server = await start();
    assert.equal(await ask(server, 'select 1'), '1');
  });

  it('leaves nothing running when its parent is killed', async () => {
    const script = `
      import { startEmbeddedPostgres } from ${JSON.stringify(import.meta.resolve('./embedded-postgres.ts'))};
      const server = await startEmbeddedPostgres({ folder: ${JSON.stringify(folder)}, settings: ${JSON.stringify(FAST)} });
      console.log(server.pid);
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
    const data = join(folder, 'data');
    assert.ok((await postgresProcessesOf(data, NO_MARKER)).includes(Number(line)));
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await until(async () => (await postgresProcessesOf(data, NO_MARKER)).length === 0, 'no orphan');
    assert.match(await readFile(join(data, 'PG_VERSION'), 'utf8'), /^\d+/);
  });

  it('says why it cannot start', async () => {
    await (await start()).stop();
    await assert.rejects(
      start({ settings: { shared_buffers: 'lots' } }),
      (error) =>
        error instanceof VoltpileError && error.code === 'database.embedded_failed' && /lots/.test(error.message),
    );
    await assert.rejects(
      start({ binaries: '/nonexistent' }),
      /Embedded PostgreSQL cannot run here: VOLTPILE_PG_BIN=\/nonexistent: .*initdb is missing/,
    );
    await writeFile(join(folder, 'data', 'PG_VERSION'), '9\n');
    await assert.rejects(start(), /was written by PostgreSQL 9, but/);
    assert.deepEqual(
      (await readdir(folder)).filter((entry) => entry.startsWith('data.new')),
      [],
    );
  });
});
