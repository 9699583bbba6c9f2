import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFilesBench, type FilesBench } from './testing/files-bench.ts';

const digest = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
const text = (length: number): Buffer => randomBytes(length);

describe('uploads of stations', () => {
  let bench: FilesBench;

  before(async () => {
    bench = await createFilesBench({ maxWrongTokens: 1000 });
  });
  after(() => bench[Symbol.asyncDispose]());

  const send = (
    location: string,
    content: Buffer | string | FormData | ReadableStream,
    init: RequestInit & { duplex?: 'half' } = {},
  ): Promise<Response> =>
    fetch(location, {
      method: 'PUT',
      body: content instanceof Buffer ? new Uint8Array(content) : content,
      ...init,
    });
  const contentOf = (id: string): Promise<Buffer> => readFile(join(bench.folder, id.slice(-2), id));
  /** What came of a request, with its files' contents checked against what is on disk. */
  const arrived = async (id: string): Promise<{ name: string; contentType: string; size: number | null }[]> => {
    const { files } = await bench.logRequest(id);
    for (const file of files) {
      assert.equal(file.status, 'complete');
      const content = await contentOf(file.id);
      assert.deepEqual([file.sizeBytes, file.sha256], [content.length, digest(content)]);
    }
    return files.map(({ name, contentType, sizeBytes }) => ({ name, contentType, size: sizeBytes }));
  };
  /** Waits until nothing is being received any more. */
  const settled = async (): Promise<void> => {
    for (;;) {
      const rows = await bench.rows(`select 1 from operations.files where status = 'receiving'`);
      const unfinished = (await bench.onDisk()).filter((name) => name.startsWith('incoming/'));
      if (rows.length + unfinished.length === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  it('come by PUT and POST, under a name of the station’s or under none, and are kept as they are', async () => {
    const ways: [method: string, trailing: string, name: string, status: number][] = [
      ['PUT', 'diag-2026.tar.gz', 'diag-2026.tar.gz', 201],
      ['POST', 'diag%20%E5%85%85.zip?x=1', 'diag 充.zip', 200],
      ['PUT', '', 'file', 201],
      ['POST', '/deep/er/..%2f..%2Fetc%2Fpasswd', 'passwd', 200],
      ['PUT', '%E0%A4%A', '%E0%A4%A', 201],
      ['PUT', `../../../../${'x'.repeat(300)}`, '', 404],
    ];
    for (const [method, trailing, name, status] of ways) {
      const { request, location } = await bench.ask('CP1');
      assert.match(location, new RegExp(`^${bench.url}/files/upload/[\\w-]{32}/$`));
      const content = text(100_000);
      const response = await send(location + trailing, content, { method });
      assert.equal(response.status, status, trailing);
      if (status === 404) continue;
      assert.deepEqual(await arrived(request.id), [
        { name, contentType: 'application/octet-stream', size: content.length },
      ]);
      const now = await bench.logRequest(request.id);
      assert.deepEqual([now.state, now.files[0]?.kind, now.files[0]?.stationId], ['succeeded', 'diagnostics', 'CP1']);
      assert.equal(now.files[0]?.expiresAt, new Date(bench.clock.now() + 30 * 86_400_000).toISOString());
      assert.deepEqual(await contentOf(now.files[0].id), content);
    }
  });

  it('may lack the slash at the end of the address, and the length', async () => {
    const { request, location } = await bench.ask('CP1');
    const stream = new ReadableStream({
      start(controller) {
        for (const piece of ['one ', 'two ', 'three']) controller.enqueue(new TextEncoder().encode(piece));
        controller.close();
      },
    });
    const headers = { 'Content-Type': 'Text/Plain; charset=utf-8' };
    const response = await send(location.slice(0, -1), stream, { duplex: 'half', headers });
    assert.equal(response.status, 201);
    assert.deepEqual(await arrived(request.id), [{ name: 'file', contentType: 'text/plain', size: 13 }]);
  });

  it('keep an empty log, for that is what the station has', async () => {
    const { request, location } = await bench.ask('CP1');
    assert.equal((await send(`${location}empty.log`, '')).status, 201);
    assert.deepEqual(await arrived(request.id), [{ name: 'empty.log', contentType: 'text/plain', size: 0 }]);
  });

  describe('as forms', () => {
    const form = (...parts: [name: string, value: string | Buffer, file?: string][]): FormData => {
      const made = new FormData();
      for (const [name, value, file] of parts) {
        if (typeof value === 'string') made.append(name, value);
        else made.append(name, new Blob([new Uint8Array(value)], { type: 'application/gzip' }), file ?? 'f');
      }
      return made;
    };

    it('give their one file, whatever fields are beside it', async () => {
      const content = text(300_000);
      for (const trailing of ['', 'named-in-the-path.gz']) {
        const { request, location } = await bench.ask('CP1');
        const body = form(['serial', 'A-1'], ['file', content, 'C:\\logs\\in-the-form.gz'], ['note', 'after']);
        const response = await send(location + trailing, body, { method: 'POST' });
        assert.equal(response.status, 200, await response.text());
        assert.deepEqual(await arrived(request.id), [
          { name: trailing || 'in-the-form.gz', contentType: 'application/gzip', size: content.length },
        ]);
      }
    });

    it('are refused without a file, with two, and when they are none', async () => {
      const { request, location } = await bench.ask('CP1');
      const two = form(['a', text(200_000), 'a'], ['b', text(200_000), 'b']);
      assert.equal((await send(location, form(['only', 'words']), { method: 'POST' })).status, 400);
      assert.equal((await send(location, two, { method: 'POST' })).status, 400);
      const type = { 'Content-Type': 'multipart/form-data; boundary=x' };
      for (const body of ['no form', '--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nno end']) {
        assert.equal((await send(location, body, { method: 'POST', headers: type })).status, 400, body);
      }
      const unbounded = { 'Content-Type': 'multipart/form-data; x=y' };
      assert.equal((await send(location, 'x', { method: 'POST', headers: unbounded })).status, 400);
      await settled();
      assert.deepEqual(await arrived(request.id), []);
      assert.equal((await send(location, form(['f', text(10)]), { method: 'POST' })).status, 200);
      assert.equal((await arrived(request.id)).length, 1);
    });

    it('are refused when their file is too large', async () => {
      const { request, location } = await bench.ask('CP1');
      const response = await send(location, form(['f', text(2_500_000)]), { method: 'POST' });
      assert.equal(response.status, 413);
      await settled();
      assert.deepEqual(await arrived(request.id), []);
    });
  });

  it('may be repeated: the same again is the same file, another one is kept beside it and counts', async () => {
    const { request, location } = await bench.ask('CP1');
    const [first, second] = [text(1000), text(2000)];
    for (const content of [first, first, second, first, second]) {
      assert.equal((await send(`${location}log.gz`, content)).status, 201);
      bench.clock.advance(1000);
    }
    const { files } = await bench.logRequest(request.id);
    assert.deepEqual(
      files.map(({ sizeBytes }) => sizeBytes),
      [1000, 2000],
    );
    assert.equal((await send(`${location}other-name.gz`, first)).status, 201);
    assert.equal((await arrived(request.id)).at(-1)?.name, 'other-name.gz');
    const rows = await bench.rows('select 1 from operations.files where request_id = $1', [request.id]);
    assert.equal(rows.length, 3);
  });

  it('end when a request has brought twenty files', async () => {
    const { request, location } = await bench.ask('CP1');
    for (let index = 0; index < 20; index++) {
      assert.equal((await send(`${location}part-${index}`, `content ${index}`)).status, 201);
    }
    assert.equal((await send(`${location}part-20`, 'one more')).status, 409);
    assert.equal((await arrived(request.id)).length, 20);
  });

  it('come twice at the same time on one address, both whole; a third has to wait', async () => {
    const { request, location } = await bench.ask('CP1');
    const token = location.slice(bench.url.length);
    const [one, other, third] = [text(200_000), text(200_000), text(10)];
    const open = async (content: Buffer, name: string) => {
      const head = `PUT ${token}${name} HTTP/1.1\r\nHost: x\r\nContent-Length: ${content.length}\r\n\r\n`;
      const socket = await bench.socket(head);
      socket.write(content.subarray(0, 100_000));
      return socket;
    };
    const sockets = [await open(one, 'one'), await open(other, 'other')];
    for (;;) {
      const rows = await bench.rows(`select 1 from operations.files where request_id = $1 and status = 'receiving'`, [
        request.id,
      ]);
      if (rows.length === 2) break;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const waiting = await send(`${location}third`, third);
    assert.deepEqual([waiting.status, waiting.headers.get('Retry-After')], [503, '30']);
    for (const [index, content] of [one, other].entries()) {
      const socket = sockets[index] as Exclude<(typeof sockets)[number], undefined>;
      const answered = once(socket, 'data');
      socket.write(content.subarray(100_000));
      assert.match(String((await answered)[0]), /^HTTP\/1.1 201 /);
      socket.destroy();
    }
    // Which of them began first, two sockets do not say.
    assert.deepEqual((await arrived(request.id)).map(({ name }) => name).sort(), ['one', 'other']);
    assert.equal((await send(`${location}third`, third)).status, 201);
  });

  it('keep one copy when the same comes twice at the same time', async () => {
    const { request, location } = await bench.ask('CP1');
    const content = text(300_000);
    const statuses = await Promise.all([1, 2].map(async () => (await send(`${location}same`, content)).status));
    assert.deepEqual(statuses, [201, 201]);
    assert.equal((await arrived(request.id)).length, 1);
    await settled();
    const ids = (await bench.rows('select id from operations.files where status = $1', ['complete'])).map(
      ({ id }) => id,
    );
    assert.deepEqual(
      (await bench.onDisk()).filter((name) => !ids.includes(name)),
      [],
    );
  });

  it('leave nothing behind when they break off, and can be tried again', async () => {
    const { request, location } = await bench.ask('CP1');
    const path = location.slice(bench.url.length);
    for (const headers of ['Content-Length: 1000000', 'Transfer-Encoding: chunked']) {
      const socket = await bench.socket(`PUT ${path}half HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n`);
      socket.write(headers.startsWith('T') ? '5\r\nhello\r\n' : text(300_000));
      for (;;) {
        const unfinished = (await bench.onDisk()).filter((name) => name.startsWith('incoming/'));
        if (unfinished.length > 0) break;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      socket.destroy();
      await settled();
      const rows = await bench.rows('select status from operations.files where request_id = $1', [request.id]);
      assert.deepEqual(rows, [{ status: 'failed' }]);
      assert.equal((await bench.logRequest(request.id)).state, 'pending');
    }
    assert.equal((await send(`${location}whole`, 'whole')).status, 201);
    const rows = await bench.rows('select status, name from operations.files where request_id = $1', [request.id]);
    assert.deepEqual(rows, [{ status: 'complete', name: 'whole' }]);
  });

  it('are cut off when they stall', async () => {
    bench.restart({ speedWindowMs: 50, minTransferBytesPerSecond: 1000 });
    try {
      const { location } = await bench.ask('CP1');
      const path = location.slice(bench.url.length);
      const stalls = [
        `PUT ${path}x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nhello`,
        `POST ${path}x HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n`,
        `POST ${path}x HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n` +
          'Content-Disposition: form-data; name="f"; filename="f"\r\n\r\nhello',
      ];
      for (const stall of stalls) {
        const socket = await bench.socket(stall);
        socket.resume();
        await once(socket, 'close');
        await settled();
      }
    } finally {
      bench.restart();
    }
  });

  it('are refused when they are too large, whether they say so or not', async () => {
    const { request, location } = await bench.ask('CP1');
    const path = location.slice(bench.url.length);
    const declared = await bench.socket(`PUT ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2000001\r\n\r\n`);
    const [answer] = await once(declared, 'data');
    assert.match(String(answer), /^HTTP\/1.1 413 /);
    declared.destroy();
    let pulled = 0;
    const stream = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(500_000));
        pulled += 1;
        if (pulled === 6) controller.close();
      },
    });
    assert.equal((await send(location, stream, { duplex: 'half' })).status, 413);
    assert.equal((await send(location, Buffer.alloc(2_000_000))).status, 201);
    assert.equal((await arrived(request.id)).length, 1);
  });

  it('are refused when there is no room for all', async () => {
    const [{ used }] = (await bench.rows(
      `select sum(size_bytes)::integer as used from operations.files where status = 'complete'`,
    )) as [{ used: number }];
    bench.restart({ maxFilesBytes: used + 100_000 });
    try {
      const { location } = await bench.ask('CP1');
      assert.equal((await send(`${location}a`, text(100_001))).status, 507);
      const stream = new ReadableStream({
        start(controller) {
          controller.enqueue(new Uint8Array(150_000));
          controller.close();
        },
      });
      assert.equal((await send(`${location}b`, stream, { duplex: 'half' })).status, 507);
      assert.equal((await send(`${location}c`, text(60_000))).status, 201);
      assert.equal((await send(`${location}d`, text(60_000))).status, 507);
    } finally {
      bench.restart();
    }
  });

  it('are refused as parts of a file, and by other methods', async () => {
    const { location } = await bench.ask('CP1');
    const headers = { 'Content-Range': 'bytes 0-3/10' };
    assert.equal((await send(location, 'part', { headers })).status, 400);
    for (const method of ['GET', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
      const response = await fetch(location, { method });
      assert.deepEqual([response.status, response.headers.get('Allow')], [405, 'PUT, POST'], method);
    }
  });

  it('find nothing at addresses that are wrong, old or for something else', async () => {
    const { request, location } = await bench.ask('CP2');
    const wrong = location.replace(/[\w-]{32}/, (token) => [...token].reverse().join(''));
    const file = await bench.firmware(text(100));
    await bench.files.port.startFirmwareUpdate({ kind: 'everything' }, 'CP2', { fileId: file.id }, null);
    const fetchable = String(bench.domain.last.payload.location);
    const answers = new Set<string>();
    const look = async (address: string, method = 'PUT'): Promise<void> => {
      const response = await fetch(address, { method, ...(method === 'PUT' ? { body: 'x' } : {}) });
      answers.add(`${response.status} ${await response.text()}`);
    };
    await look(wrong);
    await look(`${bench.url}/files/upload/short/x`);
    await look(`${bench.url}/files/`);
    await look(`${bench.url}/files/upload/`);
    await look(`${bench.url}/files/incoming/x`, 'GET');
    await look(fetchable.replace('/download/', '/upload/'));
    await look(location.replace('/upload/', '/download/'), 'GET');
    bench.clock.advance(24 * 3_600_000);
    await look(location);
    await look(fetchable, 'GET');
    assert.deepEqual([...answers], ['404 Not found\n']);
    assert.deepEqual((await bench.logRequest(request.id)).files, []);
  });

  it('are slowed down for addresses that guess', async () => {
    bench.restart({ maxWrongTokens: 3 });
    try {
      const { location } = await bench.ask('CP1');
      const wrong = location.replace(/[\w-]{32}/, 'x'.repeat(32));
      for (let index = 0; index < 3; index++) assert.equal((await send(wrong, 'x')).status, 404);
      const answer = await send(wrong, 'x');
      assert.equal(answer.status, 429);
      assert.ok(Number(answer.headers.get('Retry-After')) > 0);
    } finally {
      bench.restart();
    }
  });

  it('never show their token', async () => {
    const { location } = await bench.ask('CP1');
    const token = /upload\/([\w-]{32})/.exec(location)?.[1] as string;
    await send(`${location}x`, 'x');
    assert.ok(bench.log.length > 0);
    assert.ok(!bench.log.join('\n').includes(token));
    const rows = await bench.rows('select r::text as all from operations.station_requests r');
    assert.ok(!JSON.stringify(rows).includes(token));
  });

  it('are asked to come again while the database is away', async () => {
    const own = await createFilesBench();
    try {
      const { location } = await own.ask('CP1');
      await own.test.database.close();
      const response = await fetch(location, { method: 'PUT', body: 'x' });
      assert.deepEqual([response.status, response.headers.get('Retry-After')], [503, '30']);
    } finally {
      await own[Symbol.asyncDispose]();
    }
  });
});
