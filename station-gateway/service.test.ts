import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { instant } from '@voltpile/kernel/clock';
import { Registry } from 'prom-client';
import { createOcpp16Dialect } from './protocols/ocpp16/dialect.ts';
import { createOcpp201Dialect } from './protocols/ocpp201/dialect.ts';
import { createStationGateway, gatewayStopped } from './service.ts';
import { DEFAULT_GATEWAY_SETTINGS, invalidGatewaySetting, resolveGatewaySettings } from './settings.ts';
import { domainAway, FakeStationPort } from './testing/fake-station-port.ts';
import { type GatewayFixture, startGateway } from './testing/gateway-fixture.ts';
import { holdBack } from './testing/hold-back.ts';
import { rawSocket, refusal } from './testing/station-client.ts';

describe('other settings of a running gateway', () => {
  it('count for what comes next, and keep the sockets that there are', async () => {
    const fixture = await startGateway({ maxConnections: 2, upgradesPerSecond: 1000 });
    try {
      for (const id of ['CP1', 'CP2', 'CP3', 'CP4']) fixture.port.register(id);
      const first = await fixture.connect('CP1');
      fixture.gateway.change({ maxConnections: 1 });
      assert.equal((await refusal(fixture.url, 'CP2')).status, 503);
      fixture.gateway.change({ maxConnections: 3 });
      await fixture.connect('CP2');
      fixture.gateway.change({ maxConnections: 10, upgradesPerSecond: 0.001 });
      assert.equal((await refusal(fixture.url, 'CP3')).status, 503);
      assert.equal(await fixture.metric('rejections_total', { reason: 'rate' }), 1);
      assert.deepEqual(await first.call('MeterValues'), [3, 'm1', {}]);
    } finally {
      await fixture.stop();
    }
  });

  it('end what has been silent for longer than they allow', async () => {
    const fixture = await startGateway({ pingIntervalSeconds: 0.05, idleTimeoutSeconds: 3600 });
    try {
      fixture.port.register('CP1');
      const station = await fixture.connect('CP1');
      // It has answered a ping, and is not heard any more.
      await once(station.socket, 'ping');
      await once(station.socket, 'ping');
      const gone = Promise.withResolvers<void>();
      fixture.port.beforeDisconnected = () => gone.resolve();
      station.socket.pause();
      fixture.gateway.change({ pingIntervalSeconds: 0.05, idleTimeoutSeconds: 0.2 });
      await gone.promise;
      assert.equal(await fixture.metric('disconnects_total', { reason: 'idle' }), 1);
    } finally {
      await fixture.stop();
    }
  });

  it('are not taken when they are wrong', async () => {
    const fixture = await startGateway({ maxConnections: 1 });
    try {
      assert.throws(
        () => fixture.gateway.change({ pingIntervalSeconds: 80, idleTimeoutSeconds: 70 }),
        (error) => invalidGatewaySetting.is(error),
      );
      fixture.port.register('CP1');
      fixture.port.register('CP2');
      await fixture.connect('CP1');
      assert.equal((await refusal(fixture.url, 'CP2')).status, 503);
    } finally {
      await fixture.stop();
    }
  });
});

describe('stopping the gateway', () => {
  it('ends its waiting for the domain, and opens nothing', async () => {
    const port = new FakeStationPort();
    const asked = Promise.withResolvers<void>();
    // Does not answer at all.
    port.gatewayStarted = () => {
      asked.resolve();
      return new Promise(() => {});
    };
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const gateway = createStationGateway({ port, dialects: [], logger, metrics: new Registry(), nodeId: 'node-1' });
    const refused = assert.rejects(gateway.listen(), gatewayStopped.is);
    await asked.promise;
    await gateway.stop(1000);
    await refused;
    await assert.rejects(gateway.listen(), gatewayStopped.is);
  });

  it('answers what is in hand, closes with 1001 and tells the domain', async () => {
    const fixture = await startGateway();
    fixture.port.register('CP1');
    fixture.port.register('CP2');
    const held = holdBack(fixture.port);
    const busy = await fixture.connect('CP1');
    const idle = await fixture.connect('CP2');
    const halfOpen = await rawSocket(fixture.url);
    halfOpen.resume();
    const dropped = once(halfOpen, 'close');
    busy.post('StopTransaction', { id: 1 });
    await held.begun;
    const stopping = fixture.gateway.stop(3000);
    assert.equal((await idle.closed).code, 1001);
    await dropped;
    await assert.rejects(refusal(fixture.url, 'CP1'), { code: 'ECONNREFUSED' });
    held.release();
    assert.deepEqual(await busy.next(), [3, 'm1', {}]);
    assert.equal((await busy.closed).code, 1001);
    await stopping;
    assert.equal(fixture.port.count('disconnected'), 2);
    assert.equal(fixture.gateway.connections, 0);
    await fixture.gateway.stop(1000);
  });

  it('takes nothing new while it stops', async () => {
    const fixture = await startGateway();
    fixture.port.register('CP1');
    const held = holdBack(fixture.port);
    const client = await fixture.connect('CP1');
    client.post('StopTransaction', { id: 1 });
    await held.begun;
    const stopping = fixture.gateway.stop(3000);
    client.post('MeterValues');
    held.release();
    assert.deepEqual(await client.next(), [3, 'm1', {}]);
    await stopping;
    assert.equal(fixture.port.count('metered'), 0);
    assert.equal(client.unread, 0);
  });

  it('cuts off at the deadline what does not end', async () => {
    const fixture = await startGateway();
    fixture.port.register('CP1');
    const held = holdBack(fixture.port);
    fixture.port.beforeDisconnected = () => {
      throw domainAway();
    };
    const client = await fixture.connect('CP1');
    client.post('StopTransaction', { id: 1 });
    await held.begun;
    const started = performance.now();
    await fixture.gateway.stop(400);
    assert.ok(performance.now() - started < 1000);
    assert.equal((await client.closed).code, 1006);
    assert.equal(fixture.gateway.connections, 0);
    held.release();
  });

  it('refuses a station whose login ends after the stop began', async () => {
    const fixture = await startGateway();
    const station = fixture.port.register('CP1');
    const admission = Promise.withResolvers<undefined>();
    const asked = Promise.withResolvers<void>();
    fixture.port.beforeAdmit = () => {
      asked.resolve();
      return admission.promise;
    };
    const refused = assert.rejects(fixture.connect('CP1'));
    await asked.promise;
    const stopping = fixture.gateway.stop(2000);
    await refused;
    admission.resolve(undefined);
    await stopping;
    const told = await fixture.port.called('disconnected');
    assert.equal((told.argument as { station: string }).station, station);
  });
});

describe('draining the gateway', () => {
  it('lets nobody in, and serves each station until its turn to go comes', async () => {
    const fixture = await startGateway();
    const identities = Array.from({ length: 10 }, (_, index) => `CP${index}`);
    for (const identity of identities) fixture.port.register(identity);
    const clients = await Promise.all(identities.map((identity) => fixture.connect(identity)));
    const left: { code: number }[] = [];
    for (const { closed } of clients) void closed.then((end) => left.push(end));
    const stopping = fixture.gateway.stop(2000, 60_000);
    const first = await Promise.race(clients.map(({ closed }) => closed));
    assert.equal(first.code, 1001);
    await assert.rejects(refusal(fixture.url, 'CP0'), { code: 'ECONNREFUSED' });
    const staying = clients.filter(({ socket }) => socket.readyState === socket.OPEN);
    assert.ok(staying.length > 0, 'they did not all go at once');
    // The last of them to go is served now, whichever it is.
    const served = await Promise.allSettled(
      staying.map((client) => Promise.race([client.call('Heartbeat'), client.closed.then(() => Promise.reject())])),
    );
    assert.ok(served.some(({ status }) => status === 'fulfilled'));
    await stopping;
    await Promise.all(clients.map(({ closed }) => closed));
    assert.deepEqual(
      left.map(({ code }) => code),
      identities.map(() => 1001),
    );
    assert.equal(fixture.port.count('disconnected'), identities.length);
    assert.equal(fixture.gateway.connections, 0);
  });

  it('answers what is in hand when the turn comes', async () => {
    const fixture = await startGateway();
    fixture.port.register('CP1');
    const held = holdBack(fixture.port);
    const client = await fixture.connect('CP1');
    client.post('StopTransaction', { id: 1 });
    await held.begun;
    const stopping = fixture.gateway.stop(3000, 1);
    held.release();
    assert.deepEqual(await client.next(), [3, 'm1', {}]);
    assert.equal((await client.closed).code, 1001);
    await stopping;
  });
});

describe('starting the gateway', () => {
  it('says which port is taken, and leaves nothing open', async () => {
    const other = createServer();
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await assert.rejects(startGateway({ port }), {
      code: 'gateway.cannot_listen',
      message: `The gateway cannot listen on 127.0.0.1 port ${port}: EADDRINUSE.`,
    });
    other.close();
    await once(other, 'close');
  });

  it('writes IPv6 addresses as URLs do', async function () {
    const fixture = await startGateway({ host: '::1' }).catch(() => this.skip());
    assert.match(fixture.url, /^ws:\/\/\[::1\]:\d+\/ocpp$/);
    await fixture.stop();
  });
});

describe('gateway settings', () => {
  it('have defaults that suit each other', () => {
    assert.deepEqual(resolveGatewaySettings({}), DEFAULT_GATEWAY_SETTINGS);
  });

  it('must be positive numbers', () => {
    for (const bad of [{ maxFrameBytes: 0 }, { holdReplySeconds: -1 }, { maxHalfOpen: Number.NaN }, { port: -1 }]) {
      assert.throws(() => resolveGatewaySettings(bad), { code: 'gateway.invalid_setting' });
    }
    assert.equal(resolveGatewaySettings({ port: 0 }).port, 0);
  });

  it('keep the queue shorter than what the RPC layer takes', () => {
    assert.throws(() => resolveGatewaySettings({ maxQueuedMessages: 1024 }), { code: 'gateway.invalid_setting' });
  });

  it('need a timeout beyond the ping interval', () => {
    const message = /idleTimeoutSeconds must be longer than pingIntervalSeconds/;
    assert.throws(() => resolveGatewaySettings({ idleTimeoutSeconds: 25 }), message);
  });

  it('name proxies that are no addresses', async () => {
    for (const entry of ['proxy.local', '10.0.0.0/99', '']) {
      await assert.rejects(startGateway({ trustedProxies: [entry] }), { code: 'gateway.invalid_setting' });
    }
  });
});

describe('the gateway with OCPP 1.6', () => {
  it('carries a charge from boot to stop', async () => {
    const fixture = await startGateway({}, [await createOcpp16Dialect()]);
    const station = fixture.port.register('CP1', 'secret');
    try {
      const client = await fixture.connect('CP1', { password: 'secret' });
      const now = () => new Date().toISOString();
      const boot = await client.call('BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' });
      assert.equal((boot[2] as { status: string }).status, 'Accepted');
      const card = await client.call('Authorize', { idTag: 'CARD' });
      assert.deepEqual(card[2], { idTagInfo: { status: 'Accepted' } });
      const start = await client.call('StartTransaction', {
        connectorId: 1,
        idTag: 'CARD',
        meterStart: 5,
        timestamp: now(),
      });
      const { transactionId } = start[2] as { transactionId: number };
      assert.equal(transactionId, 1);
      const meterValue = [{ timestamp: now(), sampledValue: [{ value: '7' }] }];
      assert.deepEqual((await client.call('MeterValues', { connectorId: 1, transactionId, meterValue }))[2], {});
      assert.deepEqual(
        (await client.call('StopTransaction', { transactionId, meterStop: 9, timestamp: now() }))[2],
        {},
      );
      const command = { action: 'clear-cache', payload: {} } as const;
      const outcome = fixture.gateway.link.execute(station, 1, command, (Date.now() + 2000) as never);
      const [, id, action] = await client.next();
      assert.equal(action, 'ClearCache');
      client.send([3, id, { status: 'Accepted' }]);
      assert.equal((await outcome).status, 'accepted');
      assert.match(await fixture.metrics.metrics(), /voltpile_gateway_connections\{protocol="ocpp1\.6"\} 1/);
    } finally {
      await fixture.stop();
    }
  });
});

describe('the gateway with OCPP 2.0.1', () => {
  const BOOT = { reason: 'PowerUp', chargingStation: { vendorName: 'V', model: 'M' } };
  const within = (milliseconds: number) => instant(Date.now() + milliseconds);
  const started = (seqNo: number) => ({
    eventType: 'Started',
    timestamp: new Date().toISOString(),
    triggerReason: 'CablePluggedIn',
    seqNo,
    transactionInfo: { transactionId: 'tx-1' },
  });
  const connect = (fixture: GatewayFixture, protocols = ['ocpp2.0.1']) => fixture.connect('CP1', { protocols });
  let fixture: GatewayFixture;
  let station: string;

  beforeEach(async () => {
    fixture = await startGateway({}, [await createOcpp201Dialect(), await createOcpp16Dialect()]);
    station = fixture.port.register('CP1');
  });

  afterEach(() => fixture.stop());

  it('rule 12: a station that is Pending is not heard but for its boot, and is once it is accepted', async () => {
    fixture.port.registrationStatus = 'Pending';
    const client = await connect(fixture);
    const refusal = [4, 'm1', 'SecurityError'];
    assert.deepEqual((await client.call('TransactionEvent', started(0))).slice(0, 3), refusal, 'before its first boot');
    const boot = await client.call('BootNotification', BOOT);
    assert.deepEqual((boot[2] as { status: string }).status, 'Pending');
    assert.deepEqual((await client.call('TransactionEvent', started(0)))[2], 'SecurityError');
    assert.equal(fixture.port.count('transactionStarted'), 0);
    fixture.port.registrationStatus = 'Accepted';
    assert.deepEqual((await client.call('TransactionEvent', started(0)))[2], 'SecurityError', 'it does not know yet');
    assert.deepEqual(((await client.call('BootNotification', BOOT))[2] as { status: string }).status, 'Accepted');
    assert.deepEqual(await client.call('TransactionEvent', started(0)), [3, 'm6', {}]);
    assert.equal(fixture.port.count('transactionStarted'), 1);
  });

  it('rule 7: a connection without a boot goes on in the standing that the domain tells', async () => {
    const client = await connect(fixture);
    assert.equal((await client.call('TransactionEvent', started(0)))[0], 3);
    await client.close();
    fixture.port.registrationStatus = 'Rejected';
    const again = await connect(fixture);
    assert.equal((await again.call('TransactionEvent', started(1)))[2], 'SecurityError');
    assert.equal(fixture.port.count('transactionStarted'), 1);
  });

  it('rule 12: a Pending station may send what an operator has asked it for', async () => {
    fixture.port.registrationStatus = 'Pending';
    const client = await connect(fixture);
    const report = { requestId: 7, seqNo: 0, generatedAt: new Date().toISOString() };
    assert.equal((await client.call('NotifyReport', report))[2], 'SecurityError');
    const outcome = fixture.gateway.link.execute(
      station,
      1,
      { action: 'get-base-report', payload: { requestId: 7, reportBase: 'FullInventory' } },
      within(2000),
    );
    const [, id, action, payload] = await client.next();
    assert.deepEqual([action, payload], ['GetBaseReport', { requestId: 7, reportBase: 'FullInventory' }]);
    // Rule 14: the report overtakes the answer.
    assert.deepEqual(await client.call('NotifyReport', { ...report, tbc: true }), [3, 'm2', {}]);
    client.send([3, id, { status: 'Accepted' }]);
    assert.equal((await outcome).status, 'accepted');
    assert.deepEqual(await client.call('NotifyReport', { ...report, seqNo: 1 }), [3, 'm3', {}]);
    assert.equal((await client.call('NotifyReport', { ...report, requestId: 8 }))[2], 'SecurityError');
    assert.equal(fixture.port.count('deviceReported'), 2);
    const other = await connect(fixture);
    assert.equal((await other.call('NotifyReport', report))[2], 'SecurityError', 'asked for on another connection');
  });

  it('rule 12: what the station refuses to send is not expected of it', async () => {
    fixture.port.registrationStatus = 'Pending';
    const client = await connect(fixture);
    const trigger = async (status: string) => {
      const outcome = fixture.gateway.link.execute(
        station,
        1,
        { action: 'trigger-message', payload: { requestedMessage: 'Heartbeat' } },
        within(2000),
      );
      const [, id] = await client.next();
      client.send([3, id, { status }]);
      return (await outcome).status;
    };
    assert.equal(await trigger('Rejected'), 'rejected');
    assert.equal((await client.call('Heartbeat'))[2], 'SecurityError');
    assert.equal(await trigger('Accepted'), 'accepted');
    assert.equal((await client.call('Heartbeat'))[0], 3);
  });

  it('rule 3: a TransactionEvent is answered with a result whatever it holds', async () => {
    const client = await connect(fixture);
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    for (const payload of ['{}', 'null', '7', `{"eventType":"Started","customData":${deep}}`]) {
      client.send(`[2,"odd","TransactionEvent",${payload}]`);
      assert.deepEqual((await client.next()).slice(0, 2), [3, 'odd']);
    }
  });

  it('rules 16 and 17: errors are spelled as 2.0.1 spells them', async () => {
    const client = await connect(fixture);
    assert.equal((await client.call('Dance'))[2], 'NotImplemented');
    assert.equal((await client.call('SetVariables', { setVariableData: [] }))[2], 'NotSupported');
    assert.equal((await client.call('Heartbeat', { more: 1 }))[2], 'FormatViolation');
    assert.equal((await client.call('SignCertificate', {}))[2], 'OccurenceConstraintViolation');
  });

  it('rule 21: is preferred by a station that offers both', async () => {
    const both = await connect(fixture, ['ocpp1.6', 'ocpp2.0.1']);
    assert.equal(both.socket.protocol, 'ocpp2.0.1');
    assert.equal(fixture.port.credentials.at(-1)?.protocol, 'ocpp2.0.1');
    const old = await connect(fixture, ['ocpp1.6', 'ocpp1.5']);
    assert.equal(old.socket.protocol, 'ocpp1.6');
  });
});
