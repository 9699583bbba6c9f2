import assert from 'node:assert/strict';
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { uuidv7 } from '@voltpile/kernel/ids';
import { createFilesBench, type FilesBench } from './testing/files-bench.ts';

const DAY_MS = 86_400_000;

describe('the job that tidies up', () => {
  let bench: FilesBench;

  beforeEach(async () => {
    bench = await createFilesBench();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const put = async (location: string, name: string, content = name): Promise<void> => {
    assert.equal((await fetch(location + name, { method: 'PUT', body: content })).status, 201);
  };
  const statuses = async (): Promise<unknown[]> =>
    (await bench.rows('select name, status from operations.files order by name')).map(({ name, status }) => [
      name,
      status,
    ]);

  it('clears away what a killed process left, in the database and on disk', async () => {
    const { request, location } = await bench.ask('CP1');
    await bench.rows(`update operations.files set status = 'receiving' where request_id = $1`, [request.id]);
    await mkdir(join(bench.folder, 'incoming'));
    await writeFile(join(bench.folder, 'incoming', `${uuidv7()}.0123456789abcdef`), 'half');
    const stranger = uuidv7();
    await mkdir(join(bench.folder, stranger.slice(-2)), { recursive: true });
    await writeFile(join(bench.folder, stranger.slice(-2), stranger), 'renamed, but never told to the database');
    await bench.rows(
      `insert into operations.files (id, organization_id, kind, name, content_type, status, created_at)
       values ($1, $1, 'firmware', 'half firmware', 'x/y', 'receiving', now())`,
      [uuidv7()],
    );
    await bench.tidy();
    assert.deepEqual(await bench.onDisk(), []);
    assert.deepEqual(await statuses(), [['file', 'failed']]);
    await put(location, 'whole');
    assert.equal((await bench.logRequest(request.id)).state, 'succeeded');
    await bench.tidy();
    assert.deepEqual(await statuses(), [['whole', 'complete']]);
    assert.equal((await bench.onDisk()).length, 1);
  });

  it('leaves alone what is under way', async () => {
    const { location } = await bench.ask('CP1');
    const path = location.slice(bench.url.length);
    const socket = await bench.socket(`PUT ${path}x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf.`);
    while (!(await bench.onDisk()).some((name) => name.startsWith('incoming/'))) await new Promise(setImmediate);
    await bench.tidy();
    const answered = new Promise((resolve) => socket.once('data', resolve));
    socket.write('whole');
    assert.match(String(await answered), /^HTTP\/1.1 201 /);
    socket.destroy();
    await bench.tidy();
    assert.deepEqual(await statuses(), [['x', 'complete']]);
  });

  it('leaves alone what another process with the same folder is doing, and clears away what it has left', async () => {
    await using shared = await createFilesBench({ abandonedAfterMs: 60_000 });
    const receiving = async (name: string): Promise<string> => {
      const id = uuidv7();
      await shared.rows(
        `insert into operations.files (id, organization_id, kind, name, content_type, status, created_at)
         values ($1, $1, 'firmware', $2, 'x/y', 'receiving', now())`,
        [id, name],
      );
      return id;
    };
    const incoming = join(shared.folder, 'incoming');
    await mkdir(incoming, { recursive: true });
    const write = async (id: string, agoMs: number): Promise<void> => {
      const path = join(incoming, `${id}.0123456789abcdef`);
      await writeFile(path, 'half');
      const at = new Date(shared.clock.now() - agoMs);
      await utimes(path, at, at);
    };
    const kept = await receiving('renamed, not told to the database yet');
    await mkdir(join(shared.folder, kept.slice(-2)), { recursive: true });
    await writeFile(join(shared.folder, kept.slice(-2), kept), 'whole');
    await write(kept, 1000);
    await write(await receiving('under way'), 59_000);
    await write(await receiving('left'), 61_000);
    await receiving('never begun');
    await shared.tidy();
    // Nothing is remembered of firmware that never came.
    const found = await shared.rows('select name, status from operations.files order by name');
    assert.deepEqual(
      found.map(({ name, status }) => [name, status]),
      [
        ['renamed, not told to the database yet', 'receiving'],
        ['under way', 'receiving'],
      ],
    );
    assert.equal((await shared.onDisk()).length, 3);
  });

  it('notices contents that are lost or cut short', async () => {
    const [whole, lost, short] = [
      await bench.firmware(Buffer.from('whole'), 'whole'),
      await bench.firmware(Buffer.from('lost'), 'lost'),
      await bench.firmware(Buffer.from('short'), 'short'),
    ];
    await rm(join(bench.folder, lost.id.slice(-2), lost.id));
    await writeFile(join(bench.folder, short.id.slice(-2), short.id), 'sho');
    await bench.tidy();
    assert.deepEqual(await statuses(), [
      ['lost', 'failed'],
      ['short', 'failed'],
      ['whole', 'complete'],
    ]);
    assert.equal(bench.log.filter((line) => line.includes('the content of a file is lost')).length, 2);
    // What is left of a lost content goes with the next run.
    await bench.tidy();
    assert.deepEqual(await bench.onDisk(), [whole.id]);
    await assert.rejects(
      bench.files.port.startFirmwareUpdate(EVERYTHING, 'CP1', { fileId: short.id }, null),
      /is failed/,
    );
  });

  it('lets logs go when they are old enough, and firmware never', async () => {
    await bench.firmware(Buffer.from('firmware'));
    const old = await bench.ask('CP1');
    await put(old.location, 'old');
    bench.clock.advance(20 * DAY_MS);
    const young = await bench.ask('CP1');
    await put(young.location, 'young');
    bench.clock.advance(10 * DAY_MS - 1);
    await bench.tidy();
    assert.equal((await bench.onDisk()).length, 3);
    bench.clock.advance(1);
    await bench.tidy();
    assert.deepEqual(await statuses(), [
      ['firmware.bin', 'complete'],
      ['old', 'expired'],
      ['young', 'complete'],
    ]);
    assert.equal((await bench.onDisk()).length, 2);
    bench.clock.advance(1000 * DAY_MS);
    await bench.tidy();
    await bench.tidy();
    assert.deepEqual(await statuses(), [['firmware.bin', 'complete']]);
    assert.deepEqual(await bench.rows('select 1 from operations.station_requests'), []);
    assert.equal((await bench.onDisk()).length, 1);
  });

  it('ends addresses and what they were for when their time is up', async () => {
    const { request, location } = await bench.ask('CP1');
    bench.clock.advance(DAY_MS - 1);
    await bench.tidy();
    assert.equal((await bench.logRequest(request.id)).state, 'pending');
    bench.clock.advance(1);
    await bench.tidy();
    const ended = await bench.logRequest(request.id);
    assert.deepEqual([ended.state, ended.finishedAt], ['expired', ended.tokenExpiresAt]);
    assert.deepEqual(await statuses(), [['file', 'expired']]);
    assert.equal((await fetch(`${location}x`, { method: 'PUT', body: 'x' })).status, 404);
  });
});
