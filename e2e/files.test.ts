import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { ApiClient } from './harness/api-client.ts';
import type { CommandDocument } from './harness/api-views.ts';
import { BareStation } from './harness/bare-station.ts';
import { eventually } from './harness/eventually.ts';
import { PORT_STYLES, type ServerInProcess, startInProcess } from './harness/server-in-process.ts';
import { ADMIN, ServerUnderTest } from './harness/server-process.ts';

interface FileDocument {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly sizeBytes: number | null;
  readonly sha256: string | null;
}

interface RequestDocument {
  readonly id: string;
  readonly state: string;
  readonly status: string | null;
  readonly commandId: string;
  readonly progress: { readonly status: string }[];
  readonly files: FileDocument[];
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** What the API client does not do: bodies and answers that are not JSON. */
async function bearer(http: string): Promise<Record<string, string>> {
  const response = await fetch(`${http}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(ADMIN),
  });
  const { accessToken } = (await response.json()) as { accessToken: string };
  return { Authorization: `Bearer ${accessToken}` };
}

/** Everything below the folder that is a file. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

for (const ports of PORT_STYLES) {
  describe(`firmware and logs with a station by hand-written frames (ports: ${ports})`, () => {
    let server: ServerInProcess;
    let api: ApiClient;
    let authorization: Record<string, string>;

    before(async () => {
      server = await startInProcess({ ports, config: { messageLog: 'all' } });
      api = await server.login();
      authorization = await bearer(server.http);
    });
    after(() => server[Symbol.asyncDispose]());
    afterEach('nothing was logged that ought to be looked at', () => {
      assert.deepEqual(server.log, []);
    });

    const booted = async (id: string): Promise<BareStation> => {
      const station = await BareStation.connect(server.ocpp, id);
      await station.call('BootNotification', { chargePointVendor: 'Hand', chargePointModel: 'Built' });
      return station;
    };
    const only = async (path: string): Promise<RequestDocument> => {
      const { items } = await api.get<{ items: RequestDocument[] }>(path);
      assert.equal(items.length, 1);
      return items[0] as RequestDocument;
    };
    /** The token in an address must not be seen by anybody but the station. */
    const assertMasked = async (commandId: string, location: string): Promise<void> => {
      const token = /\/files\/\w+\/([\w-]{32})\//.exec(location)?.[1] as string;
      const command = await api.get<CommandDocument>(`/commands/${commandId}`);
      assert.match(JSON.stringify(command.payload), /\/files\/(upload|download)\/\*\*\*\//);
      await eventually('the command in the message log', async () => {
        const { rows } = await server.database.pool.query(
          `select 1 from operations.message_log where station_id = $1 and request like '%/files/%load/***/%'`,
          [command.stationId],
        );
        return rows.length > 0;
      });
      const tables = await server.database.pool.query<{ name: string }>(
        `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
         where table_schema in ('csms', 'operations', 'identity', 'platform') and table_type = 'BASE TABLE'`,
      );
      for (const { name } of tables.rows) {
        const { rows } = await server.database.pool.query(`select 1 from ${name} t where t::text like $1 limit 1`, [
          `%${token}%`,
        ]);
        assert.equal(rows.length, 0, name);
      }
    };

    it('updates: fetched in two pieces, installed, and told step by step', async () => {
      const content = randomBytes(700_000);
      const uploaded = await fetch(`${server.http}/api/v1/firmware-files?name=pile-2.0.bin&sha256=${sha256(content)}`, {
        method: 'POST',
        headers: { ...authorization, 'Content-Type': 'application/octet-stream' },
        body: new Uint8Array(content),
      });
      assert.equal(uploaded.status, 201);
      const file = (await uploaded.json()) as FileDocument;
      await using station = await booted('fw-1');
      const started = api.post<{ command: CommandDocument; update: RequestDocument }>(
        '/stations/fw-1/firmware-updates',
        {
          fileId: file.id,
          retries: 3,
        },
      );
      const call = await station.nextCall('UpdateFirmware');
      assert.deepEqual(Object.keys(call.payload).sort(), ['location', 'retries', 'retrieveDate']);
      call.reply({});
      const { command } = await started;
      const location = String(call.payload.location);
      assert.ok(location.startsWith(`${server.http}/files/download/`) && location.endsWith('/pile-2.0.bin'));

      const tell = (status: string) => station.call('FirmwareStatusNotification', { status });
      await tell('Downloading');
      await tell('Downloading');
      const first = await fetch(location, { headers: { Range: 'bytes=0-299999' } });
      assert.equal(first.status, 206);
      const rest = await fetch(location, {
        headers: { Range: 'bytes=300000-', 'If-Range': first.headers.get('ETag') ?? '' },
      });
      assert.equal(rest.status, 206);
      const both = Buffer.concat([Buffer.from(await first.arrayBuffer()), Buffer.from(await rest.arrayBuffer())]);
      assert.equal(sha256(both), file.sha256);
      for (const status of ['Downloaded', 'Installing', 'Installing', 'Installed']) await tell(status);

      const path = '/stations/fw-1/firmware-updates';
      const done = await eventually('the update to be done', async () => {
        const now = await only(path);
        return now.state === 'succeeded' && now;
      });
      assert.deepEqual(
        done.progress.map(({ status }) => status),
        ['Downloading', 'Downloaded', 'Installing', 'Installed'],
      );
      assert.equal(done.commandId, command.id);
      assert.equal((await fetch(location)).status, 404);
      await assertMasked(command.id, location);
    });

    it('logs: put where the station was told to, and downloaded by an operator', async () => {
      await using station = await booted('log-1');
      const started = api.post<{ command: CommandDocument; request: RequestDocument }>('/stations/log-1/log-requests', {
        logType: 'SecurityLog',
        oldest: '2026-01-01T00:00:00Z',
      });
      const call = await station.nextCall('GetLog');
      const { requestId, log } = call.payload as { requestId: number; log: { remoteLocation: string } };
      call.reply({ status: 'Accepted', filename: 'security.log' });
      const { command } = await started;
      await station.call('LogStatusNotification', { status: 'Uploading', requestId });
      const content = randomBytes(300_000);
      const put = await fetch(`${log.remoteLocation}security-2026.log.gz`, {
        method: 'PUT',
        body: new Uint8Array(content),
      });
      assert.equal(put.status, 201);
      await station.call('LogStatusNotification', { status: 'Uploaded', requestId });
      const done = await eventually('the station’s last word', async () => {
        const now = await only('/stations/log-1/log-requests');
        return now.progress.length === 2 && now;
      });
      assert.deepEqual([done.state, done.files.length], ['succeeded', 1]);
      const [file] = done.files as [FileDocument];
      assert.deepEqual([file.name, file.status, file.sha256], ['security-2026.log.gz', 'complete', sha256(content)]);

      const listed = await api.all<FileDocument>('/station-files?stationId=log-1&kind=security-log');
      assert.deepEqual(listed, done.files);
      const download = `${server.http}/api/v1/station-files/${file.id}/content`;
      const whole = await fetch(download, { headers: authorization });
      assert.equal(sha256(Buffer.from(await whole.arrayBuffer())), file.sha256);
      assert.match(whole.headers.get('Content-Disposition') ?? '', /^attachment; filename="security-2026\.log\.gz"/);
      assert.equal(whole.headers.get('X-Content-Type-Options'), 'nosniff');
      const part = await fetch(download, { headers: { ...authorization, Range: 'bytes=-5' } });
      assert.deepEqual([part.status, (await part.arrayBuffer()).byteLength], [206, 5]);
      const none = await fetch(download, { headers: { ...authorization, Range: 'bytes=300000-' } });
      assert.deepEqual([none.status, none.headers.get('Content-Range')], [416, 'bytes */300000']);
      assert.equal(((await none.json()) as { code: string }).code, 'file.no_such_range');
      assert.equal((await fetch(download)).status, 401);
      await assertMasked(command.id, log.remoteLocation);
    });

    it('diagnostics: asked for by the older command where the newer one is not known, and put by a form', async () => {
      await using station = await booted('diag-1');
      station.onCall('GetLog', (call) => call.refuse('NotImplemented'));
      await api.post('/stations/diag-1/log-requests', { logType: 'DiagnosticsLog' });
      const call = await station.nextCall('GetDiagnostics');
      call.reply({ fileName: 'diag.zip' });
      const tell = (status: string) => station.call('DiagnosticsStatusNotification', { status });
      await tell('Uploading');
      const form = new FormData();
      form.append('file', new Blob(['diagnostics']), 'diag.zip');
      const posted = await fetch(String(call.payload.location), { method: 'POST', body: form });
      assert.equal(posted.status, 200);
      await tell('Uploaded');
      const done = await eventually('the upload to be done', async () => {
        const now = await only('/stations/diag-1/log-requests');
        return now.progress.length === 2 && now;
      });
      assert.deepEqual([done.state, done.files[0]?.name, done.files[0]?.sizeBytes], ['succeeded', 'diag.zip', 11]);
      await assertMasked(done.commandId, String(call.payload.location));
    });

    it('stations that are not there get nothing', async () => {
      await api.post('/stations', { id: 'absent' });
      const { command, request } = await api.post<{ command: CommandDocument; request: RequestDocument }>(
        '/stations/absent/log-requests',
        { logType: 'DiagnosticsLog' },
      );
      assert.deepEqual([command.status, request.state], ['offline', 'rejected']);
    });
  });
}

describe('files on a server that is killed', () => {
  it('are whole or not there, and an upload can be had again', async function () {
    this.timeout(120_000);
    await using server = await ServerUnderTest.start();
    let api = await server.login();
    await using station = await BareStation.connect(server.ocpp, 'killed-1');
    await station.call('BootNotification', { chargePointVendor: 'Hand', chargePointModel: 'Built' });
    const started = api.post('/stations/killed-1/log-requests', { logType: 'SecurityLog' });
    const call = await station.nextCall('GetLog');
    call.reply({ status: 'Accepted' });
    await started;
    const location = new URL((call.payload as { log: { remoteLocation: string } }).log.remoteLocation);
    const kept = randomBytes(200_000);
    assert.equal((await fetch(`${location}kept`, { method: 'PUT', body: new Uint8Array(kept) })).status, 201);

    const socket = connect(Number(location.port), location.hostname);
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(`PUT ${location.pathname}half HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n`);
    socket.write(randomBytes(500_000));
    const folder = join(server.dataDir, 'files');
    await eventually('half a file', async () => (await filesBelow(folder)).length === 2);
    const cut = new Promise((resolve) => socket.once('close', resolve));
    await server.kill9();
    await cut;
    assert.equal((await filesBelow(folder)).length, 2);

    await server.restart();
    api = await server.login();
    assert.equal((await filesBelow(folder)).length, 1);
    const { items } = await api.get<{ items: FileDocument[] }>('/station-files');
    assert.deepEqual(items.map(({ name, status }) => [name, status]).sort(), [
      ['half', 'failed'],
      ['kept', 'complete'],
    ]);
    // The port is another one, the token is the same.
    const again = new URL(location.pathname, server.http);
    const whole = randomBytes(1_000_000);
    assert.equal((await fetch(`${again}half`, { method: 'PUT', body: new Uint8Array(whole) })).status, 201);
    const authorization = await bearer(server.http);
    const list = await api.get<{ items: FileDocument[] }>('/station-files');
    for (const [name, content] of Object.entries({ half: whole, kept })) {
      const file = list.items.find((item) => item.name === name);
      const response = await fetch(`${server.http}/api/v1/station-files/${file?.id}/content`, {
        headers: authorization,
      });
      assert.equal(sha256(Buffer.from(await response.arrayBuffer())), sha256(content), name);
    }
    await server.stop();
  });
});
