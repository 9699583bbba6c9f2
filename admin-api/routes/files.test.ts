import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { uuidv7 } from '@voltpile/kernel/ids';
import { FileRefused } from '@voltpile/operations/contract/files';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

const OCTETS = { 'Content-Type': 'application/octet-stream' };

describe('routes of files', () => {
  let test: TestApi;
  let token: string;

  before(async () => {
    test = await startTestApi({ limits: { bodyTimeMs: 300 } });
    token = await test.login();
    await test.call('POST', '/api/v1/stations', { body: { id: 'CP1' } });
  });
  after(() => test[Symbol.asyncDispose]());

  const upload = (raw: string | Buffer, query = 'name=fw.bin', headers: Record<string, string> = OCTETS) =>
    test.call('POST', `/api/v1/firmware-files?${query}`, { raw, headers });
  const codeOf = ({ status, body }: { status: number; body: unknown }) => [status, (body as { code: string }).code];

  it('take firmware as it comes, and the same once', async () => {
    const made = await upload('firmware');
    assert.equal(made.status, 201);
    const file = made.body as { id: string; name: string; uploadedBy: string };
    assert.deepEqual([file.name, file.uploadedBy], ['fw.bin', 'admin@example.com']);
    assert.equal(made.headers.get('Location'), `/api/v1/firmware-files/${file.id}`);
    assert.deepEqual(test.ports.fakeFiles.bytes.get(file.id), Buffer.from('firmware'));
    const again = await upload('firmware');
    assert.deepEqual([again.status, again.body], [200, file]);
    const { body: log } = await test.call('GET', '/api/v1/audit-log?limit=10');
    const entries = (log as { items: { action: string; objectId: string }[] }).items.filter(
      ({ action }) => action === 'firmware-file.create',
    );
    assert.deepEqual(
      entries.map(({ objectId }) => objectId),
      [file.id],
    );
  });

  it('keep no answer under an Idempotency-Key for a content', async () => {
    const headers = { ...OCTETS, 'Idempotency-Key': 'k1' };
    const [one, two] = [await upload('content 1', 'name=k', headers), await upload('content 2', 'name=k', headers)];
    assert.deepEqual([one.status, two.status], [201, 201]);
    assert.equal(two.headers.get('Idempotency-Replayed'), null);
  });

  it('refuse contents that are none, partial, compressed, badly described or too large', async () => {
    assert.deepEqual(codeOf(await upload('')), [400, 'request.body_missing']);
    const type = (value: string) => upload('x', 'name=x', { 'Content-Type': value });
    assert.deepEqual(codeOf(await type('application/json')), [415, 'request.unsupported_media_type']);
    assert.deepEqual(codeOf(await type('text/plain')), [415, 'request.unsupported_media_type']);
    for (const header of ['Content-Encoding', 'Content-Range']) {
      const value = header === 'Content-Encoding' ? 'gzip' : 'bytes 0-0/2';
      const answer = await upload('x', 'name=x', { ...OCTETS, [header]: value });
      assert.deepEqual(codeOf(answer), [415, 'request.unsupported_media_type'], header);
      assert.equal(answer.headers.get('Accept'), 'application/octet-stream');
    }
    for (const query of ['', 'name=', 'name=x&other=1', 'name=x&sha256=abc', 'name=x&organizationId=1']) {
      assert.deepEqual(codeOf(await upload('x', query)), [400, 'request.invalid_query'], query);
    }
    assert.deepEqual(codeOf(await upload(Buffer.alloc(3_000_000))), [413, 'file.too_large']);
    for (const [reason, expected] of [
      ['storage-full', [507, 'file.storage_full']],
      ['busy', [503, 'file.busy']],
    ] as const) {
      test.ports.fakeFiles.refuse = new FileRefused(reason);
      assert.deepEqual(codeOf(await upload('x')), expected);
    }
    test.ports.fakeFiles.refuse = undefined;
  });

  it('give contents as downloads, whole and in part', async () => {
    const { body } = await upload('downloaded', 'name=d');
    const { id } = body as { id: string };
    const path = `/api/v1/firmware-files/${id}/content`;
    const whole = await test.call('GET', path);
    assert.deepEqual([whole.status, whole.body], [200, 'downloaded']);
    const part = await test.call('GET', path, { headers: { Range: 'bytes=0-0' } });
    assert.deepEqual([part.status, part.body], [206, 'd']);
    const missing = await test.call('GET', `/api/v1/station-files/${uuidv7()}/content`);
    assert.deepEqual(codeOf(missing), [404, 'file.not_found']);
    test.ports.fakeFiles.refuse = new FileRefused('busy');
    assert.deepEqual(codeOf(await test.call('GET', path)), [503, 'file.busy']);
    test.ports.fakeFiles.refuse = undefined;
  });

  it('show, list and remove firmware', async () => {
    const { body } = await upload('to be removed', 'name=r');
    const { id } = body as { id: string };
    assert.deepEqual((await test.call('GET', `/api/v1/firmware-files/${id}`)).body, body);
    const list = (await test.call('GET', '/api/v1/firmware-files?limit=1')).body as { nextCursor: string };
    assert.ok(list.nextCursor);
    test.ports.fakeFiles.inUse.add(id);
    assert.deepEqual(codeOf(await test.call('DELETE', `/api/v1/firmware-files/${id}`)), [409, 'file.in_use']);
    assert.equal((await test.call('DELETE', `/api/v1/firmware-files/${id}?force=true`)).status, 204);
    assert.equal((await test.call('GET', `/api/v1/firmware-files/${id}`)).status, 404);
    const { body: log } = await test.call('GET', '/api/v1/audit-log?limit=5');
    assert.equal((log as { items: { action: string }[] }).items[0]?.action, 'firmware-file.delete');
  });

  it('let a station update its firmware, once for one Idempotency-Key', async () => {
    const { body: file } = await upload('update', 'name=u');
    const { id: fileId } = file as { id: string };
    const start = (body: unknown, headers = {}) =>
      test.call('POST', '/api/v1/stations/CP1/firmware-updates', { body, headers });
    const headers = { 'Idempotency-Key': 'update-1' };
    const started = await start({ fileId, retries: 1 }, headers);
    assert.equal(started.status, 202);
    const { command, update } = started.body as { command: { id: string }; update: { fileName: string } };
    assert.equal(started.headers.get('Location'), `/api/v1/commands/${command.id}`);
    assert.equal(update.fileName, 'u');
    assert.deepEqual((await start({ fileId, retries: 1 }, headers)).body, started.body);
    const { items } = (await test.call('GET', '/api/v1/stations/CP1/firmware-updates')).body as { items: unknown[] };
    assert.deepEqual(items, [update]);
    for (const bad of [
      {},
      { fileId: 'x' },
      { fileId, retries: -1 },
      { fileId, location: 'http://x' },
      { fileId, retrieveAt: 'now' },
    ]) {
      assert.deepEqual(codeOf(await start(bad)), [400, 'request.invalid_body'], JSON.stringify(bad));
    }
    assert.equal((await test.call('POST', '/api/v1/stations/CP9/firmware-updates', { body: { fileId } })).status, 404);
  });

  it('ask a station for a log and list what has come', async () => {
    test.ports.fakeFiles.stationFileRows.push({
      id: uuidv7(),
      organizationId: test.ports.organizationId,
      siteId: test.ports.siteId,
      stationId: 'CP1',
      kind: 'diagnostics',
      logRequestId: null,
      name: 'diag.zip',
      status: 'complete',
      contentType: 'application/zip',
      sizeBytes: 1,
      sha256: '00'.repeat(32),
      createdAt: '2026-05-01T00:00:00.000Z',
      completedAt: '2026-05-01T00:00:00.000Z',
      expiresAt: '2026-06-01T00:00:00.000Z',
    });
    const asked = await test.call('POST', '/api/v1/stations/CP1/log-requests', { body: { logType: 'SecurityLog' } });
    assert.equal(asked.status, 202);
    const { request } = asked.body as { request: { logType: string } };
    assert.equal(request.logType, 'SecurityLog');
    const list = await test.call('GET', '/api/v1/stations/CP1/log-requests');
    assert.deepEqual((list.body as { items: unknown[] }).items, [request]);
    const bad = await test.call('POST', '/api/v1/stations/CP1/log-requests', { body: { logType: 'Other' } });
    assert.deepEqual(codeOf(bad), [400, 'request.invalid_body']);
    const files = async (query: string) =>
      ((await test.call('GET', `/api/v1/station-files?${query}`)).body as { items: unknown[] }).items.length;
    assert.deepEqual(
      [await files(''), await files('stationId=CP1&kind=diagnostics'), await files('kind=security-log')],
      [1, 1, 0],
    );
  });

  it('need their permissions', async () => {
    const monitoring = await test.loginAs({ role: 'monitoring' });
    const allowed: [method: string, path: string, body: unknown, status: number][] = [
      ['GET', '/api/v1/firmware-files', undefined, 200],
      ['GET', '/api/v1/station-files', undefined, 200],
      ['POST', '/api/v1/stations/CP1/log-requests', { logType: 'DiagnosticsLog' }, 202],
      ['GET', '/api/v1/stations/CP1/firmware-updates', undefined, 200],
      ['POST', '/api/v1/stations/CP1/firmware-updates', { fileId: uuidv7() }, 403],
      ['DELETE', `/api/v1/firmware-files/${uuidv7()}`, undefined, 403],
    ];
    for (const [method, path, body, status] of allowed) {
      const answer = await test.call(method, path, { token: monitoring, ...(body === undefined ? {} : { body }) });
      assert.equal(answer.status, status, `${method} ${path}`);
    }
    const refused = await test.call('POST', '/api/v1/firmware-files?name=x', {
      raw: 'x',
      headers: OCTETS,
      token: monitoring,
    });
    assert.equal(refused.status, 403);
    const stranger = await test.call('POST', '/api/v1/firmware-files?name=x', {
      raw: 'x',
      headers: OCTETS,
      token: null,
    });
    assert.equal(stranger.status, 401);
  });

  describe('the time of bodies', () => {
    const { hostname, port } = { hostname: '127.0.0.1', port: () => Number(new URL(test.url).port) };
    const trickle = async (head: string): Promise<{ answer: Promise<string>; send(text: string): void }> => {
      const socket = connect(port(), hostname);
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.write(head);
      const pieces: Buffer[] = [];
      socket.on('data', (piece: Buffer) => pieces.push(piece));
      const answer = once(socket, 'close').then(() => Buffer.concat(pieces).toString());
      return { answer, send: (text) => void socket.write(text) };
    };
    const headers = (type: string) =>
      `Host: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: ${type}\r\nContent-Length: 100\r\n\r\n`;

    it('is short for JSON, wherever it is sent', async () => {
      const { answer } = await trickle(`POST /api/v1/sites HTTP/1.1\r\n${headers('application/json')}{"na`);
      assert.match(await answer, /^HTTP\/1.1 408 /);
      const unread = await trickle(`GET /healthz HTTP/1.1\r\n${headers('application/json')}{"na`);
      assert.match(await unread.answer, /^HTTP\/1.1 200 /);
    });

    it('is up to who reads a file', async () => {
      const head = `POST /api/v1/firmware-files?name=slow HTTP/1.1\r\nConnection: close\r\n${headers('application/octet-stream')}`;
      const { answer, send } = await trickle(`${head}${'x'.repeat(50)}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
      send('x'.repeat(50));
      assert.match(await answer, /^HTTP\/1.1 201 /);
    });
  });

  it('are documented with the body that they take', async () => {
    const { body } = await test.call('GET', '/api/v1/openapi.json');
    const document = body as {
      paths: Record<string, Record<string, { requestBody: unknown; parameters: { name: string }[] }>>;
    };
    const operation = document.paths['/api/v1/firmware-files']?.post;
    assert.deepEqual(operation?.requestBody, {
      required: true,
      description: 'The file.',
      content: { 'application/octet-stream': {} },
    });
    assert.deepEqual(
      operation?.parameters.map(({ name }) => name),
      ['name', 'organizationId', 'sha256'],
    );
    assert.ok(test.checker.checked.has('POST /api/v1/firmware-files 413'));
  });
});

describe('what is mounted beside the API', () => {
  it('gets its requests with the address of the client, and nobody’s token is asked for', async () => {
    const seen: unknown[] = [];
    const mount = {
      path: '/files',
      handle: async (
        request: { url?: string | undefined },
        response: { end(text: string): unknown },
        { address }: { address: string },
      ) => {
        seen.push([request.url, address]);
        response.end('mounted');
      },
    };
    await using test = await startTestApi({ mounts: [mount], trustedProxies: ['127.0.0.1'] });
    const headers = { 'X-Forwarded-For': '192.0.2.7' };
    const response = await fetch(`${test.url}/files/upload/secret/x?y`, { method: 'PUT', body: 'x', headers });
    assert.equal(await response.text(), 'mounted');
    assert.equal((await fetch(`${test.url}/filesystem`)).status, 404);
    assert.deepEqual(seen, [['/upload/secret/x?y', '192.0.2.7']]);
    assert.ok(!JSON.stringify(test.log).includes('secret'));
  });
});
