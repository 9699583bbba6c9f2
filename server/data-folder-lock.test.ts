import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VoltpileError } from '@voltpile/kernel/errors';
import { dataFolderInUse, lockDataFolder } from './data-folder-lock.ts';
import { processIdentity } from './process-identity.ts';

describe('data folder lock', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'voltpile-lock-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('refuses a second holder and names the first', async () => {
    const lock = await lockDataFolder(folder);
    await assert.rejects(lockDataFolder(folder), (error) => {
      assert(error instanceof VoltpileError && dataFolderInUse.is(error));
      assert.match(error.message, new RegExp(`pid ${process.pid}\\b`));
      return true;
    });
    await lock.release();
    await (await lockDataFolder(folder)).release();
    assert.deepEqual(await readdir(join(folder, 'lock')), ['2']);
  });

  it('lets exactly one of many starters in, also over a dead holder', async () => {
    await mkdir(join(folder, 'lock'));
    await writeFile(join(folder, 'lock', '7'), JSON.stringify({ pid: process.pid, identity: 'another boot 1' }));
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => lockDataFolder(folder)));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') assert(dataFolderInUse.is(outcome.reason), String(outcome.reason));
    }
    assert.deepEqual(await readdir(join(folder, 'lock')), ['8']);
  });

  it('is free again when the holder was killed', async () => {
    const script = `
      import { lockDataFolder } from ${JSON.stringify(import.meta.resolve('./data-folder-lock.ts'))};
      await lockDataFolder(${JSON.stringify(folder)});
      process.stdout.write('locked');
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    await assert.rejects(lockDataFolder(folder), (error) => {
      return error instanceof VoltpileError && error.details.pid === holder.pid;
    });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await (await lockDataFolder(folder)).release();
  });

  it('ignores a damaged file', async () => {
    await mkdir(join(folder, 'lock'));
    await writeFile(join(folder, 'lock', '1'), '{"pid":');
    await (await lockDataFolder(folder)).release();
  });
});

describe('processIdentity', () => {
  it('is stable for one process, differs between two, and is undefined for none', async () => {
    const other = spawn('sleep', ['60']);
    try {
      const mine = await processIdentity(process.pid);
      assert.ok(mine);
      assert.equal(await processIdentity(process.pid), mine);
      const others = await processIdentity(other.pid as number);
      assert.ok(others);
      assert.notEqual(others, mine);
    } finally {
      other.kill('SIGKILL');
    }
    await once(other, 'exit');
    assert.equal(await processIdentity(other.pid as number), undefined);
  });
});
