import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { createFilesBench, type FilesBench } from './testing/files-bench.ts';

describe('downloads of stations', () => {
  const content = randomBytes(1_000_000);
  const tag = `"${createHash('sha256').update(content).digest('hex')}"`;
  let bench: FilesBench;
  let fileId: string;
  let largeId: string;
  let location: string;

  before(async () => {
    bench = await createFilesBench({
      maxWrongTokens: 1000,
      maxFirmwareBytes: 40_000_000,
      maxFilesBytes: 100_000_000,
    });
    fileId = (await bench.firmware(content, 'AC 7.2 "βeta".bin')).id;
    largeId = (await bench.firmware(Buffer.alloc(30_000_000, 1), 'large.bin')).id;
    location = await update();
  });
  after(() => bench[Symbol.asyncDispose]());

  /** Lets a station update; the address that it got. */
  async function update(id = fileId): Promise<string> {
    await bench.files.port.startFirmwareUpdate(EVERYTHING, 'CP1', { fileId: id }, null);
    return String(bench.domain.last.payload.location);
  }
  const bytes = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());
  const get = (headers: Record<string, string>, method = 'GET'): Promise<Response> =>
    fetch(location, { method, headers: { 'Accept-Encoding': 'identity', ...headers } });

  /** Waits for the one place that there is. */
  async function freed(): Promise<void> {
    for (;;) {
      const answer = await get({ Range: 'bytes=0-0' });
      await answer.arrayBuffer();
      if (answer.status === 206) return;
      assert.equal(answer.status, 503);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  it('give the whole file, as bytes to be saved', async () => {
    assert.match(location, new RegExp(`^${bench.url}/files/download/[\\w-]{32}/AC_7.2_eta_.bin$`));
    const response = await get({});
    assert.equal(response.status, 200);
    assert.deepEqual(
      ['content-length', 'content-type', 'etag', 'accept-ranges', 'x-content-type-options', 'content-disposition'].map(
        (name) => response.headers.get(name),
      ),
      [
        '1000000',
        'application/octet-stream',
        tag,
        'bytes',
        'nosniff',
        `attachment; filename="AC 7.2 __eta_.bin"; filename*=UTF-8''AC%207.2%20%22%CE%B2eta%22.bin`,
      ],
    );
    assert.deepEqual(await bytes(response), content);
  });

  it('tell of the file without giving it', async () => {
    const response = await get({}, 'HEAD');
    assert.deepEqual(
      [response.status, response.headers.get('Content-Length'), response.headers.get('ETag')],
      [200, '1000000', tag],
    );
    assert.equal((await bytes(response)).length, 0);
  });

  it('give the same under any name, and with none', async () => {
    const [base] = /^.*\/download\/[\w-]{32}/.exec(location) ?? [];
    for (const address of [base, `${base}/`, `${base}/another/name.bin?x=1`]) {
      assert.equal((await bytes(await fetch(address as string))).length, 1_000_000, address);
    }
  });

  it('give single ranges', async () => {
    const ranges: [range: string, from: number, to: number][] = [
      ['bytes=0-0', 0, 0],
      ['bytes=0-99', 0, 99],
      ['bytes=999990-', 999_990, 999_999],
      ['bytes=-10', 999_990, 999_999],
      ['bytes=-2000000', 0, 999_999],
      ['bytes=500000-9999999', 500_000, 999_999],
    ];
    for (const [range, from, to] of ranges) {
      const response = await get({ Range: range });
      assert.deepEqual(
        [response.status, response.headers.get('Content-Range'), response.headers.get('Content-Length')],
        [206, `bytes ${from}-${to}/1000000`, `${to - from + 1}`],
        range,
      );
      assert.deepEqual(await bytes(response), content.subarray(from, to + 1), range);
    }
  });

  it('say which ranges there are not, and pass over what is none', async () => {
    for (const range of ['bytes=1000000-', 'bytes=2000000-3000000', 'bytes=-0']) {
      const response = await get({ Range: range });
      assert.deepEqual(
        [response.status, response.headers.get('Content-Range'), (await bytes(response)).toString()],
        [416, 'bytes */1000000', 'There is no such range\n'],
        range,
      );
    }
    for (const range of ['bytes=abc', 'lines=1-2', 'bytes', 'bytes=0-9,500-509']) {
      const response = await get({ Range: range });
      assert.equal(response.status, 200, range);
      assert.equal((await bytes(response)).length, 1_000_000, range);
    }
  });

  it('go on where they broke off, in the same content only', async () => {
    const first = await new Promise<Buffer>((resolve, reject) => {
      const asked = httpRequest(location, (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => {
          pieces.push(piece);
          if (Buffer.concat(pieces).length < 200_000) return;
          resolve(Buffer.concat(pieces));
          response.destroy();
        });
      });
      asked.on('error', reject);
      asked.end();
    });
    const rest = await get({ Range: `bytes=${first.length}-`, 'If-Range': tag });
    assert.equal(rest.status, 206);
    assert.deepEqual(Buffer.concat([first, await bytes(rest)]), content);
    for (const other of ['"another"', 'Wed, 01 Jan 2020 00:00:00 GMT']) {
      const whole = await get({ Range: 'bytes=10-', 'If-Range': other });
      assert.deepEqual([whole.status, (await bytes(whole)).length], [200, 1_000_000], other);
    }
  });

  it('give nothing to those who have it', async () => {
    assert.equal((await get({ 'If-None-Match': tag, 'Cache-Control': 'max-age=0' })).status, 304);
    assert.equal((await get({ 'If-Match': '"another"' })).status, 412);
  });

  it('are cut off when the station does not read', async () => {
    bench.restart({ speedWindowMs: 50, maxFileTransfers: 1 });
    try {
      const path = (await update(largeId)).slice(bench.url.length);
      const socket = await bench.socket(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await once(socket, 'readable');
      await freed();
      socket.resume();
      await once(socket, 'close');
      assert.ok(socket.bytesRead < 30_000_000);
    } finally {
      bench.restart();
    }
  });

  it('are so many at once', async () => {
    bench.restart({ maxFileTransfers: 1 });
    try {
      const path = (await update(largeId)).slice(bench.url.length);
      const socket = await bench.socket(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await once(socket, 'readable');
      const other = await get({});
      assert.deepEqual([other.status, other.headers.get('Retry-After')], [503, '30']);
      socket.destroy();
      await freed();
    } finally {
      bench.restart();
    }
  });

  it('find nothing when the content is gone', async () => {
    const lost = await bench.firmware(randomBytes(10), 'lost.bin');
    const address = await update(lost.id);
    await rm(join(bench.folder, lost.id.slice(-2), lost.id));
    assert.equal((await fetch(address)).status, 404);
    assert.ok(bench.log.some((line) => line.includes('is not on disk') && line.includes(lost.id)));
  });

  it('cannot put anything', async () => {
    for (const method of ['PUT', 'POST', 'DELETE']) {
      const response = await fetch(location, { method, body: 'x' });
      assert.deepEqual([response.status, response.headers.get('Allow')], [405, 'GET, HEAD'], method);
    }
  });
});
