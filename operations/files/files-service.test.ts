import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { type AccessScope, EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { toIso } from '@voltpile/kernel/clock';
import { VoltpileError } from '@voltpile/kernel/errors';
import { uuidv7 } from '@voltpile/kernel/ids';
import { FileRefused, type FirmwareUpdateView, type LogRequestView } from '../contract/files.ts';
import { createFilesBench, type FilesBench } from './testing/files-bench.ts';

const code = (expected: string) => (error: unknown) => error instanceof VoltpileError && error.code === expected;

describe('files and requests, as operators see them', () => {
  let bench: FilesBench;

  beforeEach(async () => {
    bench = await createFilesBench();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const update = async (more: object = {}): Promise<FirmwareUpdateView> => {
    const { id: fileId } = await bench.firmware(Buffer.from('firmware'));
    return (await bench.files.port.startFirmwareUpdate(EVERYTHING, 'CP1', { fileId, ...more }, 'ann@example.com'))
      .update;
  };
  const updates = async (): Promise<FirmwareUpdateView[]> =>
    (await bench.files.port.listFirmwareUpdates(EVERYTHING, 'CP1', { limit: 100 })).items;
  const tell = (type: 'firmware' | 'log', status: string, requestId: number | null = null) =>
    bench.files.follow([bench.domain.event(`${type}.status-changed`, 'CP1', { status, requestId })]);
  const answer = (id: string, status: string) =>
    bench.files.follow([bench.domain.event('command.finished', 'CP1', { id, status })]);

  describe('firmware', () => {
    const store = (
      content: string,
      more: { name?: string; sha256?: string; scope?: AccessScope; organizationId?: string } = {},
    ) => {
      const { scope = EVERYTHING, ...facts } = more;
      return bench.files.contents.storeFirmware(
        scope,
        { name: 'fw.bin', contentType: 'application/octet-stream', uploadedBy: 'ann', ...facts },
        Readable.from(content === '' ? [] : [Buffer.from(content)]),
        null,
      );
    };

    it('is kept once for one content and name', async () => {
      const first = await store('one');
      assert.deepEqual([first.isNew, first.file.sizeBytes, first.file.status], [true, 3, 'complete']);
      assert.deepEqual(await store('one'), { file: first.file, isNew: false });
      assert.equal((await store('two')).isNew, true);
      assert.equal((await store('one', { name: '../other.bin' })).file.name, 'other.bin');
      assert.equal((await bench.onDisk()).length, 3);
      const { items } = await bench.files.port.listFirmware(EVERYTHING, { limit: 10 });
      assert.deepEqual(
        items.map(({ name }) => name),
        ['other.bin', 'fw.bin', 'fw.bin'],
      );
    });

    it('is checked, and nothing is kept of what is refused', async () => {
      await assert.rejects(store(''), code('file.empty'));
      await assert.rejects(store('one', { sha256: '0'.repeat(64) }), code('file.wrong_digest'));
      const digest = '7692C3AD3540BB803C020B3AEE66CD8887123234EA0C6E7143C0ADD73FF431ED';
      assert.equal((await store('one', { sha256: digest })).isNew, true);
      await assert.rejects(
        store('x'.repeat(4_000_001)),
        (error) => error instanceof FileRefused && error.reason === 'too-large',
      );
      assert.equal((await bench.onDisk()).length, 1);
      assert.equal((await bench.rows('select 1 from operations.files')).length, 1);
    });

    it('belongs to an organisation, and only those who see it whole see its firmware', async () => {
      const { organizationId, siteId } = bench.domain;
      const mine: AccessScope = { kind: 'organizations', organizationIds: [organizationId] };
      const other: AccessScope = { kind: 'organizations', organizationIds: [uuidv7()] };
      const site: AccessScope = { kind: 'sites', siteIds: [siteId] };
      const { file } = await store('one', { scope: mine, organizationId });
      assert.equal(file.organizationId, organizationId);
      assert.equal((await bench.files.port.getFirmware(mine, file.id)).id, file.id);
      for (const scope of [other, site]) {
        await assert.rejects(bench.files.port.getFirmware(scope, file.id), code('file.not_found'));
        await assert.rejects(bench.files.port.removeFirmware(scope, file.id, { force: true }), code('file.not_found'));
        assert.deepEqual((await bench.files.port.listFirmware(scope, { limit: 10 })).items, []);
        await assert.rejects(store('two', { scope }), code('organization.not_found'));
      }
      await assert.rejects(bench.files.port.getFirmware(EVERYTHING, 'no-id'), code('file.not_found'));
    });

    it('is not removed while a station may fetch it, unless by force', async () => {
      const { fileId } = await update();
      const id = fileId as string;
      const location = String(bench.domain.last.payload.location);
      await assert.rejects(bench.files.port.removeFirmware(EVERYTHING, id, { force: false }), code('file.in_use'));
      await bench.files.port.removeFirmware(EVERYTHING, id, { force: true });
      assert.deepEqual(await bench.onDisk(), []);
      assert.equal((await fetch(location)).status, 404);
      const [after] = await updates();
      assert.deepEqual([after?.fileId, after?.fileName], [null, 'firmware.bin']);
      const again = await update();
      bench.clock.advance(24 * 3_600_000);
      await bench.files.port.removeFirmware(EVERYTHING, again.fileId as string, { force: false });
    });

    it('is listed page by page', async () => {
      for (const name of ['a', 'b', 'c']) await store(name, { name });
      const names: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await bench.files.port.listFirmware(EVERYTHING, { limit: 2, cursor });
        names.push(...page.items.map(({ name }) => name));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      assert.deepEqual(names, ['c', 'b', 'a']);
      const first = await bench.files.port.listFirmware(EVERYTHING, { limit: 1 });
      const other = { limit: 1, cursor: first.nextCursor ?? '' };
      await assert.rejects(bench.files.port.listStationFiles(EVERYTHING, {}, other), code('list.bad_cursor'));
      for (const limit of [0, 501, 1.5]) {
        await assert.rejects(bench.files.port.listFirmware(EVERYTHING, { limit }), code('list.bad_limit'));
      }
    });
  });

  describe('an update', () => {
    it('is a command with an address of ours', async () => {
      const made = await update({ retries: 2, retryIntervalSeconds: 60 });
      const { id, action, payload } = bench.domain.last;
      const { location, ...rest } = payload;
      assert.equal(action, 'update-firmware');
      assert.match(String(location), new RegExp(`^${bench.url}/files/download/[\\w-]{32}/firmware.bin$`));
      const now = toIso(bench.clock.now());
      assert.deepEqual(rest, { requestId: made.requestNumber, retrieveAt: now, retries: 2, retryIntervalSeconds: 60 });
      assert.deepEqual(
        [made.commandId, made.state, made.status, made.signed, made.retrieveAt, made.installAt, made.requestedBy],
        [id, 'pending', null, false, now, null, 'ann@example.com'],
      );
      assert.equal(made.tokenExpiresAt, toIso((bench.clock.now() + 24 * 3_600_000) as never));
    });

    it('may be signed, and may be for later', async () => {
      const [retrieveAt, installAt] = ['2026-05-10T00:00:00Z', '2026-05-11T02:00:00+02:00'];
      const made = await update({ signature: 'c2ln', signingCertificate: 'PEM', retrieveAt, installAt });
      assert.equal(bench.domain.last.action, 'update-signed-firmware');
      assert.deepEqual(
        [made.signed, made.retrieveAt, made.installAt, made.tokenExpiresAt],
        [true, '2026-05-10T00:00:00.000Z', '2026-05-11T00:00:00.000Z', '2026-05-11T00:00:00.000Z'],
      );
      await assert.rejects(update({ signature: 'c2ln' }), code('firmware.bad_signature'));
      await assert.rejects(update({ retrieveAt: '2026-09-01T00:00:00Z' }), code('firmware.bad_time'));
      await assert.rejects(update({ retrieveAt, installAt: '2026-05-09T00:00:00Z' }), code('firmware.bad_time'));
    });

    it('leaves nothing behind when the command is refused', async () => {
      bench.domain.refusal = new Error('not supported');
      await assert.rejects(update(), /not supported/);
      await assert.rejects(bench.ask('CP1'), /not supported/);
      assert.deepEqual(await bench.rows('select 1 from operations.station_requests'), []);
      assert.equal((await bench.rows('select 1 from operations.files')).length, 1);
    });

    it('needs a file and a station that there are', async () => {
      const { id: fileId } = await bench.firmware(Buffer.from('x'));
      const { port } = bench.files;
      await assert.rejects(port.startFirmwareUpdate(EVERYTHING, 'CP9', { fileId }, null), code('station.not_found'));
      await assert.rejects(
        port.startFirmwareUpdate(EVERYTHING, 'CP1', { fileId: uuidv7() }, null),
        code('file.not_found'),
      );
      assert.equal(bench.domain.given.length, 0);
    });

    it('follows what the station says of it, once', async () => {
      const { commandId, requestNumber } = await update();
      await answer(commandId as string, 'accepted');
      assert.equal((await updates())[0]?.state, 'running');
      const steps = ['Downloading', 'Downloaded', 'Installing'];
      const events = steps.map((status) =>
        bench.domain.event('firmware.status-changed', 'CP1', { status, requestId: requestNumber }),
      );
      for (const event of [...events, ...events]) await bench.files.follow([event]);
      await bench.files.follow(events);
      const [running] = await updates();
      assert.deepEqual([running?.state, running?.status, running?.finishedAt], ['running', 'Installing', null]);
      assert.deepEqual(
        running?.progress.map(({ status }) => status),
        steps,
      );
      bench.clock.advance(60_000);
      await tell('firmware', 'Installed', requestNumber);
      const [done] = await updates();
      const now = toIso(bench.clock.now());
      assert.deepEqual([done?.state, done?.statusAt, done?.finishedAt], ['succeeded', now, now]);
      // The file was fetched and installed: its address leads nowhere any more.
      assert.equal((await fetch(String(bench.domain.last.payload.location))).status, 404);
    });

    it('keeps the newest fifty steps', async () => {
      const { requestNumber } = await update();
      for (let index = 0; index < 60; index++) {
        await tell('firmware', index % 2 === 0 ? 'Downloading' : 'DownloadPaused', requestNumber);
      }
      const [row] = await updates();
      assert.deepEqual([row?.progress.length, row?.progress.at(-1)?.status], [50, 'DownloadPaused']);
    });

    it('without a number is the newest one that runs, and after a failure the one that failed', async () => {
      const [first, second] = [await update(), await update()];
      const states = async () => (await updates()).map(({ id, status }) => [id, status]);
      await tell('firmware', 'Downloading');
      assert.deepEqual(await states(), [
        [second.id, 'Downloading'],
        [first.id, null],
      ]);
      await answer(first.commandId as string, 'rejected');
      await tell('firmware', 'DownloadFailed');
      await tell('firmware', 'Downloading');
      await tell('firmware', 'Installed');
      assert.deepEqual(await states(), [
        [second.id, 'Installed'],
        [first.id, null],
      ]);
      // Nothing is left that this could be about.
      await tell('firmware', 'Downloading');
      await tell('firmware', 'Downloading', 424242);
      assert.deepEqual(
        (await updates()).map(({ state }) => state),
        ['succeeded', 'rejected'],
      );
    });

    it('is over when its command was refused, and its address with it', async () => {
      for (const status of ['rejected', 'failed', 'offline']) {
        const { commandId } = await update();
        await answer(commandId as string, status);
        const [row] = await updates();
        assert.equal(row?.state, 'rejected', status);
        assert.ok(row?.finishedAt);
        assert.equal((await fetch(String(bench.domain.last.payload.location))).status, 404);
      }
      for (const status of ['timeout', 'unknown']) {
        const { commandId } = await update();
        await answer(commandId as string, status);
        assert.equal((await updates())[0]?.state, 'pending', status);
        assert.equal((await fetch(String(bench.domain.last.payload.location))).status, 200);
      }
    });

    it('knows its command’s end when that comes before it knows the command', async () => {
      bench.domain.outcome = 'offline';
      assert.equal((await update()).state, 'rejected');
      bench.domain.outcome = 'pending';
      bench.domain.during = async () => {
        // Answered, told and followed while its giver still waits for the command's id.
        const { id } = bench.domain.last;
        const view = bench.domain.views.get(id);
        if (view !== undefined) bench.domain.views.set(id, { ...view, status: 'accepted' });
        await answer(id, 'accepted');
      };
      assert.equal((await update()).state, 'running');
    });
  });

  describe('a log', () => {
    it('is asked for by the command that the station has', async () => {
      const ask = (logType: 'DiagnosticsLog' | 'SecurityLog') =>
        bench.files.port.requestLog(EVERYTHING, 'CP1', { logType, oldest: '2026-04-01T00:00:00Z', retries: 1 }, null);
      const { request } = await ask('SecurityLog');
      const { action, payload } = bench.domain.last;
      const { location, ...rest } = payload;
      assert.equal(action, 'get-log');
      assert.match(String(location), /\/files\/upload\/[\w-]{32}\/$/);
      assert.deepEqual(rest, {
        requestId: request.requestNumber,
        logType: 'SecurityLog',
        oldest: '2026-04-01T00:00:00Z',
        retries: 1,
      });
      bench.domain.capabilities = ['get-diagnostics'];
      await ask('DiagnosticsLog');
      assert.equal(bench.domain.last.action, 'get-diagnostics');
      assert.deepEqual(Object.keys(bench.domain.last.payload).sort(), ['location', 'oldest', 'retries']);
      await assert.rejects(ask('SecurityLog'), code('log.type_not_supported'));
    });

    it('is asked for by the older command when the station does not know the newer one', async () => {
      const { request, location: first } = await bench.ask('CP1');
      const failed = bench.domain.event('command.finished', 'CP1', { id: bench.domain.last.id, status: 'failed' });
      await bench.files.follow([failed]);
      await bench.files.follow([failed]);
      assert.deepEqual(
        bench.domain.given.map(({ action }) => action),
        ['get-log', 'get-diagnostics'],
      );
      const { id, payload } = bench.domain.last;
      const location = String(payload.location);
      assert.deepEqual(Object.keys(payload), ['location']);
      assert.notEqual(location, first);
      const asked = await bench.logRequest(request.id);
      assert.deepEqual([asked.commandId, asked.state], [id, 'pending']);
      assert.equal((await fetch(first, { method: 'PUT', body: 'x' })).status, 404);
      await answer(id, 'accepted');
      await tell('log', 'Uploading');
      assert.equal((await fetch(location, { method: 'PUT', body: 'x' })).status, 201);
      assert.equal((await bench.logRequest(request.id)).state, 'succeeded');
      // The next time it is known.
      await bench.ask('CP1');
      assert.equal(bench.domain.last.action, 'get-diagnostics');
      await answer(bench.domain.last.id, 'failed');
      assert.equal(bench.domain.given.length, 3);
    });

    it('is not asked for otherwise when there is no other way, or it was refused', async () => {
      for (const [logType, status, capabilities] of [
        ['SecurityLog', 'failed', ['get-log', 'get-diagnostics']],
        ['DiagnosticsLog', 'rejected', ['get-log', 'get-diagnostics']],
        ['DiagnosticsLog', 'failed', ['get-log']],
      ] as const) {
        bench.domain.capabilities = [...capabilities];
        const { request } = await bench.files.port.requestLog(EVERYTHING, 'CP1', { logType }, null);
        const before = bench.domain.given.length;
        await answer(bench.domain.last.id, status);
        assert.equal(bench.domain.given.length, before);
        assert.equal((await bench.logRequest(request.id)).state, 'rejected');
      }
      bench.domain.capabilities = ['get-log', 'get-diagnostics'];
      const { request } = await bench.ask('CP1');
      bench.domain.refusal = new Error('the station was removed');
      await answer(bench.domain.last.id, 'failed');
      assert.equal((await bench.logRequest(request.id)).state, 'rejected');
    });

    it('is expected until it is here, and listed with its request', async () => {
      const { request, location } = await bench.ask('CP1');
      const list = (filter = {}) => bench.files.port.listStationFiles(EVERYTHING, filter, { limit: 10 });
      assert.deepEqual(
        (await list()).items.map(({ status, logRequestId }) => [status, logRequestId]),
        [['expected', request.id]],
      );
      assert.deepEqual(request.files, []);
      await fetch(`${location}diag.zip`, { method: 'PUT', body: 'content' });
      await tell('log', 'Uploading', request.requestNumber);
      const after: LogRequestView = await bench.logRequest(request.id);
      assert.deepEqual([after.state, after.files[0]?.name], ['succeeded', 'diag.zip']);
      assert.deepEqual((await list({ stationId: 'CP1', kind: 'diagnostics' })).items, after.files);
      assert.deepEqual((await list({ stationId: 'CP2' })).items, []);
      assert.deepEqual((await list({ kind: 'security-log' })).items, []);
      assert.deepEqual((await list({ stationId: 'a\u0000' })).items, []);
    });

    it('belongs to the site of its station', async () => {
      await bench.ask('CP1');
      const { organizationId, siteId } = bench.domain;
      const seen = async (scope: AccessScope) =>
        (await bench.files.port.listStationFiles(scope, {}, { limit: 10 })).items.length;
      assert.equal(await seen({ kind: 'sites', siteIds: [siteId] }), 1);
      assert.equal(await seen({ kind: 'organizations', organizationIds: [organizationId] }), 1);
      assert.equal(await seen({ kind: 'sites', siteIds: [uuidv7()] }), 0);
      assert.equal(await seen({ kind: 'organizations', organizationIds: [] }), 0);
    });

    it('fails by the station’s word, unless the file is here', async () => {
      const failed = await bench.ask('CP1');
      await tell('log', 'UploadFailure', failed.request.requestNumber);
      assert.equal((await bench.logRequest(failed.request.id)).state, 'failed');
      await fetch(`${failed.location}late`, { method: 'PUT', body: 'content' });
      assert.equal((await bench.logRequest(failed.request.id)).state, 'succeeded');
      await tell('log', 'UploadFailed', failed.request.requestNumber);
      assert.equal((await bench.logRequest(failed.request.id)).state, 'succeeded');
    });
  });

  it('gives addresses below the one that is set', async () => {
    bench.restart({ publicUrl: 'https://cs.example.com/base' });
    const { location } = await bench.ask('CP1');
    assert.match(location, /^https:\/\/cs\.example\.com\/base\/files\/upload\//);
  });
});
