import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { createOcpp16Dialect } from './protocols/ocpp16/dialect.ts';
import { DEFAULT_GATEWAY_SETTINGS, resolveGatewaySettings } from './settings.ts';
import { domainAway } from './testing/fake-station-port.ts';
import { startGateway } from './testing/gateway-fixture.ts';
import { rawSocket, refusal } from './testing/station-client.ts';

describe('stopping the gateway', () => {
  it('answers what is in hand, closes with 1001 and tells the domain', async () => {
    const fixture = await startGateway();
    fixture.port.register('CP1');
    fixture.port.register('CP2');
    const held = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    fixture.port.before = () => {
      begun.resolve();
      return held.promise;
    };
    const busy = await fixture.connect('CP1');
    const idle = await fixture.connect('CP2');
    const halfOpen = await rawSocket(fixture.url);
    halfOpen.resume();
    const dropped = once(halfOpen, 'close');
    busy.post('StopTransaction', { id: 1 });
    await begun.promise;
    const stopping = fixture.gateway.stop(3000);
    assert.equal((await idle.closed).code, 1001);
    await dropped;
    await assert.rejects(refusal(fixture.url, 'CP1'), { code: 'ECONNREFUSED' });
    held.resolve();
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
    const held = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    fixture.port.before = () => {
      begun.resolve();
      return held.promise;
    };
    const client = await fixture.connect('CP1');
    client.post('StopTransaction', { id: 1 });
    await begun.promise;
    const stopping = fixture.gateway.stop(3000);
    client.post('MeterValues');
    held.resolve();
    assert.deepEqual(await client.next(), [3, 'm1', {}]);
    await stopping;
    assert.equal(fixture.port.count('metered'), 0);
    assert.equal(client.unread, 0);
  });

  it('cuts off at the deadline what does not end', async () => {
    const fixture = await startGateway();
    fixture.port.register('CP1');
    const held = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    fixture.port.before = () => {
      begun.resolve();
      return held.promise;
    };
    fixture.port.beforeDisconnected = () => {
      throw domainAway();
    };
    const client = await fixture.connect('CP1');
    client.post('StopTransaction', { id: 1 });
    await begun.promise;
    const started = performance.now();
    await fixture.gateway.stop(400);
    assert.ok(performance.now() - started < 1000);
    assert.equal((await client.closed).code, 1006);
    assert.equal(fixture.gateway.connections, 0);
    held.resolve();
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
