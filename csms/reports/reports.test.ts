import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import { isUuid } from '@voltpile/kernel/ids';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { StationPort } from '../contract/station-port.ts';
import { type Admitted, type CsmsBench, createCsmsBench } from '../testing/csms-bench.ts';
import { factId } from './fact-id.ts';

describe('station reports', () => {
  let bench: CsmsBench;
  let port: StationPort;
  let admitted: Admitted;

  before(async () => {
    bench = await createCsmsBench();
    port = bench.csms.stationPort;
    admitted = await bench.connect('REPORTS');
  });
  after(() => bench[Symbol.asyncDispose]());

  const stored = (kind: string) =>
    bench.rows('select detail, flags from csms.station_reports where kind = $1 order by received_at, id', [kind]);
  const told = async (type: string) =>
    (await bench.events()).filter((event) => event.type === type).map(({ data }) => data);

  it('keeps each step of a firmware update and of an upload, and what is said again right away once', async () => {
    const origin = bench.origin(admitted);
    const steps = [
      { status: 'Downloading', requestId: 7 },
      { status: 'Downloading', requestId: 7 },
      { status: 'Downloading', requestId: 8 },
      { status: 'Downloading' },
      { status: 'Downloaded' },
      { status: 'Downloading' },
      { status: 'Published', locations: ['http://192.0.2.1/a'] },
      { status: 'Published', locations: ['http://192.0.2.1/a'] },
      { status: 'Published', locations: ['http://192.0.2.1/b'] },
    ];
    for (const step of steps) await port.firmwareStatusChanged({ origin, ...step });
    await port.logStatusChanged({ origin, status: 'Uploaded' });
    const facts = [0, 2, 3, 4, 5, 6, 8].map((index) => ({ requestId: null, ...steps[index] }));
    assert.deepEqual(
      (await stored('firmware-status')).map(({ detail }) => detail),
      facts,
    );
    assert.deepEqual(await stored('log-status'), [{ detail: { status: 'Uploaded', requestId: null }, flags: [] }]);
    assert.deepEqual(
      (await told('firmware.status-changed')).map(({ flags: _, receivedAt: __, ...step }) => step),
      facts,
    );
    assert.equal((await told('log.status-changed'))[0]?.status, 'Uploaded');
  });

  it('take one step once, also when it comes over several sockets at the same time, station by station', async () => {
    const others = await Promise.all(['STEP-1', 'STEP-2', 'STEP-3'].map((identity) => bench.connect(identity)));
    const told = async (): Promise<unknown[]> =>
      (await bench.events())
        .filter(({ type, stationId }) => type === 'log.status-changed' && stationId?.startsWith('STEP-'))
        .map(({ stationId }) => stationId);
    await Promise.all(
      [...others, ...others, ...others].map((other) =>
        port.logStatusChanged({ origin: bench.origin(other), status: 'Uploading', requestId: 1 }),
      ),
    );
    assert.deepEqual((await told()).sort(), ['STEP-1', 'STEP-2', 'STEP-3']);
  });

  it('begin anew with a command that the station has taken', async () => {
    const commanded = await bench.connect('COMMANDED');
    const facts = async (): Promise<number> => {
      const rows = await bench.rows('select 1 from csms.station_reports where station_id = $1', [commanded.station]);
      return rows.length;
    };
    const uploaded = () => port.logStatusChanged({ origin: bench.origin(commanded), status: 'Uploaded' });
    const ask = async (status: 'accepted' | 'rejected'): Promise<void> => {
      bench.link.answer = async () => ({ status, response: {} });
      const { commands } = bench.csms.operatorPorts;
      const request = {
        action: 'get-diagnostics',
        payload: { location: 'http://192.0.2.1/' },
        requestedBy: null,
      };
      const { id } = await commands.submit(EVERYTHING, 'COMMANDED', request, ['configure']);
      while ((await commands.get(EVERYTHING, id)).status === 'pending') await new Promise(setImmediate);
    };
    await uploaded();
    await uploaded();
    assert.equal(await facts(), 1);
    await ask('rejected');
    await uploaded();
    assert.equal(await facts(), 1);
    await ask('accepted');
    await uploaded();
    await uploaded();
    assert.equal(await facts(), 2);
  });

  it('keeps a security event once, however often it is sent', async () => {
    const at = instant(bench.clock.now() - 60_000);
    const report = {
      origin: bench.origin(admitted),
      type: 'TamperDetectionActivated',
      timestamp: { text: new Date(at).toISOString(), at },
      techInfo: 'lid',
    };
    await port.securityEventReported(report);
    bench.clock.advance(5000);
    await port.securityEventReported({ ...report, origin: bench.origin(admitted) });
    await port.securityEventReported({ ...report, techInfo: 'another lid' });
    await port.securityEventReported({ ...report, timestamp: { text: '?', at: null } });
    const rows = await stored('security-event');
    assert.equal(rows.length, 3);
    assert.deepEqual(rows.filter(({ flags }) => (flags as string[]).includes('time-missing')).length, 1);
    assert.equal((await told('security-event.reported')).length, 3);
  });

  it('says no to requests for certificates, and keeps them', async () => {
    const csr = '-----BEGIN CERTIFICATE REQUEST-----';
    const answer = await port.certificateRequested({ origin: bench.origin(admitted), csr });
    assert.deepEqual(answer, { status: 'rejected' });
    assert.deepEqual(await stored('certificate-request'), [{ detail: { csr, status: 'rejected' }, flags: [] }]);
    assert.equal((await told('certificate.requested')).length, 1);
  });

  it('knows no vendor’s messages, and keeps them all the same', async () => {
    const data = `{"x":"\u0000\ud83d${'y'.repeat(70_000)}"}`;
    const answer = await port.dataTransferred({
      origin: bench.origin(admitted),
      vendorId: 'org.example',
      messageId: 'm',
      data,
    });
    assert.deepEqual(answer, { status: 'unknown-vendor' });
    assert.deepEqual(await port.dataTransferred({ origin: bench.origin(admitted), vendorId: 'org.example' }), answer);
    const rows = await stored('data-transfer');
    const [first] = rows as { detail: { data: string }; flags: string[] }[];
    assert.equal(first?.detail.data.length, 65_536);
    assert.ok(first?.detail.data.startsWith('{"x":"\ufffd\ufffdyyy'));
    assert.deepEqual(first?.flags, ['text-cut:data']);
    assert.deepEqual(rows[1]?.detail, {
      vendorId: 'org.example',
      messageId: null,
      status: 'unknown-vendor',
      data: null,
    });
    assert.equal(String((await told('data.transferred'))[0]?.data).length, 1000);
  });

  it('names a fact by what it is', () => {
    const at = instant(Date.parse('2026-03-01T12:00:00Z'));
    const id = factId(at, ['s', 1, null]);
    assert.ok(isUuid(id) && id[14] === '7' && '89ab'.includes(id[19] ?? ''));
    assert.equal(factId(at, ['s', 1, null]), id);
    assert.notEqual(factId(at, ['s', 2, null]), id);
    assert.notEqual(factId(instant(at + 1), ['s', 1, null]), id);
    assert.ok(isUuid(factId(instant(-5), [])));
    assert.ok(factId(instant(at + 1), []) > id);
  });
});
