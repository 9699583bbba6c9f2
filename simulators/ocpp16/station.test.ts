import assert from 'node:assert/strict';
import { SILENCE } from '../testing/central-system.ts';
import { makeCertificateAndKey } from '../testing/certificate.ts';
import { Stage } from '../testing/stage.ts';

describe('simulated station: boot and presence', () => {
  it('boots with its model, then reports every connector', async () => {
    await using stage = await Stage.open();
    await stage.started({ connectors: 2, model: { vendor: 'ACME', model: 'Wall', iccid: '8988' } });
    assert.deepEqual(
      stage.central.calls.map(({ action }) => action),
      ['BootNotification', 'StatusNotification', 'StatusNotification', 'StatusNotification'],
    );
    const [boot] = stage.central.of('BootNotification');
    assert.equal(boot?.chargePointVendor, 'ACME');
    assert.equal(boot?.iccid, '8988');
    assert.equal(boot?.firmwareVersion, '1.0.0');
    assert.deepEqual(
      stage.central.of('StatusNotification').map(({ connectorId, status }) => [connectorId, status]),
      [
        [0, 'Available'],
        [1, 'Available'],
        [2, 'Available'],
      ],
    );
    assert.deepEqual(stage.central.violations, []);
  });

  it('says nothing but boot messages, at the interval told, until it is accepted', async () => {
    await using stage = await Stage.open();
    const answers = ['Pending', 'Rejected', 'Accepted'];
    stage.central.answer('BootNotification', () => ({
      status: answers.shift(),
      currentTime: new Date().toISOString(),
      interval: 30,
    }));
    const station = stage.station();
    const started = station.start();
    await stage.time.advance(29_000);
    assert.equal(stage.central.calls.length, 1);
    await stage.time.advance(2_000);
    assert.equal(stage.central.of('BootNotification').length, 2);
    assert.equal(stage.central.of('StatusNotification').length, 0);
    await stage.time.advance(30_000);
    await started;
    assert.equal(stage.central.of('StatusNotification').length, 2);
    assert.deepEqual(stage.central.violations, []);
  });

  it('sends what is triggered while pending', async () => {
    await using stage = await Stage.open();
    stage.central.answer('BootNotification', {
      status: 'Pending',
      currentTime: new Date().toISOString(),
      interval: 600,
    });
    const station = stage.station();
    void station.start();
    await station.waitFor('booted');
    const triggered = stage.central.next('StatusNotification');
    const answer = await stage.central.ask('CP-1', 'TriggerMessage', {
      requestedMessage: 'StatusNotification',
      connectorId: 1,
    });
    assert.equal(answer.status, 'Accepted');
    assert.equal((await triggered).payload.connectorId, 1);
    const remote = await stage.central.ask('CP-1', 'RemoteStartTransaction', { idTag: 'TAG' });
    assert.equal(remote.status, 'Rejected');
  });

  it('beats at the interval of the boot answer, later at the changed one, and not while it speaks anyway', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    await stage.time.advance(299_000);
    assert.equal(stage.central.of('Heartbeat').length, 0);
    await stage.time.advance(2_000);
    assert.equal(stage.central.of('Heartbeat').length, 1);
    await stage.central.ask('CP-1', 'ChangeConfiguration', { key: 'HeartbeatInterval', value: '10' });
    await stage.time.advance(60_000);
    assert.equal(stage.central.of('Heartbeat').length, 7);
    await stage.central.ask('CP-1', 'ChangeConfiguration', { key: 'HeartbeatInterval', value: '100' });
    await stage.time.advance(50_000);
    station.plugIn(1);
    await stage.time.advance(60_000);
    assert.equal(stage.central.of('Heartbeat').length, 7, 'the status was a sign of life');
  });

  it('tries again after refused connections, waiting longer each time, and gives up when told to', async () => {
    await using stage = await Stage.open();
    stage.central.refuseWith = 401;
    const station = stage.station({ reconnect: { firstSeconds: 2, jitter: 0, maxAttempts: 3 } });
    const waits: (number | null)[] = [];
    station.on('connect-failed', ({ retryInSeconds, reason }) => {
      waits.push(retryInSeconds);
      assert.match(reason, /401/);
    });
    const started = station.start();
    await stage.time.advance(60_000);
    await assert.rejects(started, { code: 'simulator.connect_failed' });
    assert.deepEqual(waits, [2, 4, null]);
    assert.equal(stage.central.logins.length, 3);
  });

  it('logs in with its password, which may be bytes', async () => {
    await using stage = await Stage.open();
    await stage.started({ identity: 'RDAM|123', password: 'a:b:c' });
    await stage.started({ identity: 'CP-2', password: Buffer.from([0xff, 0x00, 0x41]) });
    assert.deepEqual(stage.central.logins, ['RDAM|123:a:b:c', 'CP-2:\u00ff\u0000A']);
  });

  it('does not boot anew after a mere reconnect', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    stage.central.socket('CP-1').terminate();
    await station.waitFor('disconnected');
    await stage.time.advance(5_000);
    assert.equal(station.isConnected, true);
    assert.equal(stage.central.of('BootNotification').length, 1);
    assert.equal(stage.central.of('StatusNotification').length, 2, 'nothing has changed, nothing is told');
  });

  it('waits longer each time when connections are accepted and closed without an answer', async () => {
    await using stage = await Stage.open();
    stage.central.answer('BootNotification', () => {
      stage.central.socket('CP-1').terminate();
      return SILENCE;
    });
    const station = stage.station({ reconnect: { firstSeconds: 1, jitter: 0 } });
    void station.start();
    await stage.time.advance(64_000);
    assert.equal(stage.central.of('BootNotification').length, 7, 'at 0, 1, 3, 7, 15, 31 and 63 s');
  });

  it('speaks TLS with an authority of its own, and only with that', async () => {
    const tls = makeCertificateAndKey({ commonName: 'localhost' });
    await using stage = await Stage.open(tls);
    assert.match(stage.central.url, /^wss:/);
    const station = await stage.started({ tls: { ca: tls.cert, servername: 'localhost' }, password: 'pw' });
    assert.equal(station.canSpeak, true);
    assert.deepEqual(stage.central.logins, ['CP-1:pw']);
    const stranger = stage.station({ identity: 'CP-2', tls: { servername: 'localhost' } });
    const failed = stranger.waitFor('connect-failed');
    void stranger.start();
    assert.match((await failed).reason, /self.signed/i);
  });

  it('goes silent without closing when the power goes, and boots when it is back', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging();
    const socket = stage.central.socket('CP-1');
    let closed = false;
    socket.on('close', () => {
      closed = true;
    });
    station.powerOff();
    socket.ping();
    await stage.time.advance(600_000);
    assert.equal(closed, false);
    assert.equal(stage.central.of('StopTransaction').length, 0);
    const back = station.powerOn();
    await back;
    await stage.time.settle();
    assert.equal(stage.central.of('BootNotification').length, 2);
    const [stop] = stage.central.of('StopTransaction');
    assert.equal(stop?.reason, 'PowerLoss');
    assert.equal(stop?.timestamp, '2025-03-10T08:00:00.000Z', 'the end is when the power went');
  });

  it('refuses options that make no sense', async () => {
    await using stage = await Stage.open();
    const invalid = { code: 'simulator.invalid_option' };
    assert.throws(() => stage.station({ identity: '' }), invalid);
    assert.throws(() => stage.station({ url: 'http://127.0.0.1' }), invalid);
    assert.throws(() => stage.station({ url: 'nowhere' }), invalid);
    assert.throws(() => stage.station({ connectors: 0 }), invalid);
    assert.throws(() => stage.station({ connectors: 2, meterStartWh: [1] }), invalid);
    assert.throws(() => stage.station({ meterStartWh: -1 }), invalid);
    assert.throws(() => stage.station({ configuration: { Nonsense: '1' } }), invalid);
    assert.throws(() => stage.station().plugIn(7), { code: 'simulator.unknown_connector' });
  });

  it('ends for good, and says so to whoever waits for it', async () => {
    await using stage = await Stage.open();
    stage.central.refuseWith = 503;
    const station = stage.station();
    const started = station.start();
    await station.waitFor('connect-failed');
    await station.stop();
    await assert.rejects(started, { code: 'simulator.stopped' });
    await assert.rejects(station.start(), { code: 'simulator.stopped' });
  });

  it('ends its transactions first when asked to finish', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging();
    await stage.time.advance(60_000);
    await station.stop({ finish: true });
    assert.equal(stage.central.of('StopTransaction')[0]?.reason, 'Other');
    assert.equal(station.acknowledged.totals.stops, 1);
  });
});
