import assert from 'node:assert/strict';
import { once } from 'node:events';
import { domainAway, domainRefuses, FakeStationPort } from '../testing/fake-station-port.ts';
import { type GatewayFixture, startGateway } from '../testing/gateway-fixture.ts';
import { probeDialect } from '../testing/probe-dialect.ts';
import { basic, rawExchange, rawSocket, refusal, upgradeRequest } from '../testing/station-client.ts';
import { TrustedProxies } from './remote-address.ts';

describe('the WebSocket listener', () => {
  let fixture: GatewayFixture;

  before(async () => {
    fixture = await startGateway({ trustedProxies: ['127.0.0.2'], allowUnauthenticated: true }, [
      probeDialect('ocpp2.0.1'),
      probeDialect('ocpp1.6'),
    ]);
    fixture.port.register('CP1', 'secret');
    fixture.port.register('OPEN');
    fixture.port.register('RDAM|123', 'secret');
  });

  after(() => fixture.stop());

  it('lets a station with the right password in and tells the domain who came', async () => {
    const station = await fixture.connect('CP1', { password: 'secret' });
    assert.equal(station.socket.protocol, 'ocpp1.6');
    assert.equal(station.socket.extensions, '', 'no compression');
    const credentials = fixture.port.credentials.at(-1);
    assert.deepEqual(credentials, {
      identity: 'CP1',
      passwordBase64: Buffer.from('secret').toString('base64'),
      certificateVerified: false,
      unauthenticatedAllowed: true,
      remoteAddress: '127.0.0.1',
      encrypted: false,
      protocol: 'ocpp1.6',
      capabilities: ['clear-cache', 'raw-call'],
      nodeId: 'node-1',
    });
    await station.close();
  });

  it('lets a station without a key in where that is allowed', async () => {
    const station = await fixture.connect('OPEN');
    assert.equal(fixture.port.credentials.at(-1)?.passwordBase64, null);
    await station.close();
  });

  it('decodes the identity, and compares the user name with it', async () => {
    const station = await fixture.connect('RDAM%7C123', { password: 'secret' });
    assert.equal(fixture.port.credentials.at(-1)?.identity, 'RDAM|123');
    await station.close();
    const refused = await refusal(fixture.url, 'RDAM%7C123', { password: 'secret', user: 'RDAM%7C123' });
    assert.equal(refused.status, 401);
  });

  it('keeps the bytes of a password that is no text and holds colons', async () => {
    const password = Buffer.from([0x3a, 0xff, 0x00, 0x3a, 0xfe, 0x80]);
    fixture.port.register('BYTES', password);
    const station = await fixture.connect('BYTES', { password });
    assert.equal(fixture.port.credentials.at(-1)?.passwordBase64, password.toString('base64'));
    await station.close();
  });

  it('refuses wrong and missing passwords with 401, unknown stations with 404', async () => {
    const wrong = await refusal(fixture.url, 'CP1', { password: 'guess' });
    assert.equal(wrong.status, 401);
    assert.match(wrong.headers['www-authenticate'] ?? '', /^Basic realm=/);
    assert.equal((await refusal(fixture.url, 'CP1')).status, 401);
    assert.equal((await refusal(fixture.url, 'NOBODY', { password: 'secret' })).status, 404);
  });

  it('refuses credentials that are not Basic or carry another name, without asking the domain', async () => {
    const asked = fixture.port.credentials.length;
    for (const authorization of [basic('CP2', 'secret'), 'Bearer abc', 'Basic ???', 'Basic Q1Ax']) {
      const refused = await refusal(fixture.url, 'CP1', { headers: { authorization } });
      assert.equal(refused.status, 401, authorization);
    }
    assert.equal(fixture.port.credentials.length, asked);
  });

  it('passes a throttled login on as 429 with Retry-After', async () => {
    fixture.port.beforeAdmit = async () => ({ outcome: 'throttled', retryAfterSeconds: 41.2 });
    const refused = await refusal(fixture.url, 'CP1', { password: 'secret' });
    fixture.port.beforeAdmit = () => undefined;
    assert.equal(refused.status, 429);
    assert.equal(refused.headers['retry-after'], '42');
  });

  it('says 503 while the domain is away and 500 when it fails', async () => {
    fixture.port.beforeAdmit = () => Promise.reject(domainAway());
    const away = await refusal(fixture.url, 'CP1', { password: 'secret' });
    assert.equal(away.status, 503);
    assert.ok(Number(away.headers['retry-after']) >= 5);
    fixture.port.beforeAdmit = () => Promise.reject(domainRefuses());
    assert.equal((await refusal(fixture.url, 'CP1', { password: 'secret' })).status, 500);
    fixture.port.beforeAdmit = () => undefined;
  });

  it('speaks the subprotocol it prefers among those offered', async () => {
    const station = await fixture.connect('OPEN', { protocols: ['ocpp1.6', 'ocpp2.0.1', 'other'] });
    assert.equal(station.socket.protocol, 'ocpp2.0.1');
    assert.equal(fixture.port.credentials.at(-1)?.protocol, 'ocpp2.0.1');
    await station.close();
  });

  it('refuses an unknown or missing subprotocol, says what it speaks, and logs it', async () => {
    for (const protocols of [['ocpp1.5', 'soap'], []]) {
      const refused = await refusal(fixture.url, 'OPEN', { protocols });
      assert.equal(refused.status, 400);
      assert.match(refused.body, /ocpp2\.0\.1, ocpp1\.6/);
    }
    assert.ok(fixture.log.some((line) => line.facts.reason === 'subprotocol' && line.facts.offered === 'ocpp1.5,soap'));
  });

  it('rule 21: takes a station that names no subprotocol for what is set for it, and names none back', async () => {
    fixture.port.defaultProtocols.set('OPEN', 'ocpp1.6');
    const station = await fixture.connect('OPEN', { protocols: [] });
    assert.equal(station.socket.protocol, '');
    const { protocol, capabilities, spoken } = fixture.port.credentials.at(-1) ?? {};
    assert.deepEqual(
      [protocol, capabilities, spoken?.map((one) => one.protocol)],
      [null, [], ['ocpp2.0.1', 'ocpp1.6']],
    );
    assert.equal((await station.call('Heartbeat'))[0], 3);
    assert.equal(await fixture.metric('connections', { protocol: 'ocpp1.6' }), 1);
    await station.close();
    const empty = await rawSocket(fixture.url);
    empty.write(upgradeRequest('/ocpp/OPEN', { 'Sec-WebSocket-Protocol': ' ' }));
    const [head] = (await once(empty, 'data')) as [Buffer];
    assert.match(head.toString(), /^HTTP\/1\.1 101 /);
    assert.doesNotMatch(head.toString(), /Sec-WebSocket-Protocol/i);
    empty.destroy();
    assert.equal(
      (await refusal(fixture.url, 'OPEN', { protocols: ['ocpp1.5'] })).status,
      400,
      'it speaks something else',
    );
    fixture.port.defaultProtocols.delete('OPEN');
  });

  it('believes a trusted proxy, and nobody else, that a connection is encrypted', () => {
    const proxies = new TrustedProxies(['10.0.0.0/8']);
    const told = { 'x-forwarded-proto': 'https' };
    assert.equal(proxies.isEncrypted('10.1.1.1', told), true);
    assert.equal(proxies.isEncrypted('10.1.1.1', { 'x-forwarded-proto': 'wss, http' }), true);
    assert.equal(proxies.isEncrypted('10.1.1.1', { 'x-forwarded-proto': 'http' }), false);
    assert.equal(proxies.isEncrypted('10.1.1.1', {}), false);
    assert.equal(proxies.isEncrypted('11.1.1.1', told), false);
  });

  it('answers a malformed subprotocol list that names ours', async () => {
    const answer = rawSocket(fixture.url);
    const socket = await answer;
    socket.write(upgradeRequest('/ocpp/OPEN', { 'Sec-WebSocket-Protocol': 'ocpp1.6,, ,ocpp1.6' }));
    const [head] = (await once(socket, 'data')) as [Buffer];
    assert.match(head.toString(), /^HTTP\/1\.1 101 /);
    assert.match(head.toString(), /Sec-WebSocket-Protocol: ocpp1\.6\r\n/);
    socket.destroy();
  });

  for (const [request, status] of [
    ['GET /%ZZ HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    [upgradeRequest('/%ZZ'), 400],
    [upgradeRequest('/ocpp/%ZZ'), 400],
    [upgradeRequest('/ocpp/%ff'), 400],
    [upgradeRequest('/ocpp/'), 404],
    [upgradeRequest('/ocpp'), 404],
    [upgradeRequest('/ocpp/CP1/'), 404],
    [upgradeRequest('/other/CP1'), 404],
    [upgradeRequest('/ocpp/a%0Ab'), 400],
    [upgradeRequest(`/ocpp/${'x'.repeat(129)}`), 400],
    [upgradeRequest('http://x/ocpp/CP1'), 400],
    [upgradeRequest('/ocpp/CP1', { 'Sec-WebSocket-Key': 'short' }), 400],
    [upgradeRequest('/ocpp/CP1', { 'Sec-WebSocket-Version': '12' }), 400],
    [upgradeRequest('/ocpp/CP1', { Upgrade: 'h2c' }), 426],
    ['GET /ocpp/CP1 HTTP/1.1\r\nHost: x\r\n\r\n', 426],
    ['POST /ocpp/CP1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}', 426],
    ['GET /elsewhere HTTP/1.1\r\nHost: x\r\n\r\n', 404],
    ['\x16\x03\x01 not http\r\n\r\n', 400],
    [`GET /ocpp/CP1 HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(9000)}\r\n\r\n`, 431],
  ] as const) {
    it(`answers ${status} to ${JSON.stringify(request.slice(0, 40))}`, async () => {
      const answer = await rawExchange(fixture.url, request);
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
    });
  }

  it('believes X-Forwarded-For of a trusted proxy only', async () => {
    const headers = { 'x-forwarded-for': '6.6.6.6, 203.0.113.7, 127.0.0.2' };
    const direct = await fixture.connect('OPEN', { headers });
    assert.equal(fixture.port.credentials.at(-1)?.remoteAddress, '127.0.0.1');
    await direct.close();
    const proxied = await fixture.connect('OPEN', { headers, localAddress: '127.0.0.2' });
    assert.equal(fixture.port.credentials.at(-1)?.remoteAddress, '203.0.113.7');
    await proxied.close();
  });

  it('reports a station that vanished while it was being admitted', async () => {
    const admission = Promise.withResolvers<undefined>();
    const asked = Promise.withResolvers<void>();
    fixture.port.register('GONE');
    fixture.port.beforeAdmit = () => {
      asked.resolve();
      return admission.promise;
    };
    const socket = await rawSocket(fixture.url);
    socket.write(upgradeRequest('/ocpp/GONE'));
    await asked.promise;
    socket.resetAndDestroy();
    await once(socket, 'close');
    // One more round trip: the reset has reached the gateway by then.
    await rawExchange(fixture.url, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    fixture.port.beforeAdmit = () => undefined;
    admission.resolve(undefined);
    const station = fixture.port.stations.get('GONE')?.key;
    const gone = await fixture.port.called(
      'disconnected',
      (call) => (call.argument as { station: string }).station === station,
    );
    assert.equal(gone.epoch, 1);
  });

  it('reports a station that said goodbye while it was being admitted', async () => {
    const admission = Promise.withResolvers<undefined>();
    const asked = Promise.withResolvers<void>();
    fixture.port.register('BYE');
    fixture.port.beforeAdmit = () => {
      asked.resolve();
      return admission.promise;
    };
    const socket = await rawSocket(fixture.url);
    socket.write(upgradeRequest('/ocpp/BYE'));
    await asked.promise;
    socket.end();
    fixture.port.beforeAdmit = () => undefined;
    admission.resolve(undefined);
    const station = fixture.port.stations.get('BYE')?.key;
    await fixture.port.called('disconnected', (call) => (call.argument as { station: string }).station === station);
    socket.destroy();
  });
});

describe('who may come without a key', () => {
  it('is nobody behind a proxy, though the gateway listens on loopback', async () => {
    const behindProxy = await startGateway({ trustedProxies: ['127.0.0.1'] });
    behindProxy.port.register('CP1');
    try {
      assert.equal((await refusal(behindProxy.url, 'CP1')).status, 401);
    } finally {
      await behindProxy.stop();
    }
  });

  it('is nobody when the gateway listens on every address', async () => {
    const open = await startGateway({ host: '0.0.0.0' });
    open.port.register('CP1');
    try {
      assert.match(open.url, /^ws:\/\/127\.0\.0\.1:/);
      assert.equal((await refusal(open.url, 'CP1')).status, 401);
    } finally {
      await open.stop();
    }
  });
});

describe('limits before login', () => {
  it('caps logins per second with 503 and Retry-After', async () => {
    const fixture = await startGateway({ upgradesPerSecond: 1 });
    fixture.port.register('CP1');
    try {
      await fixture.connect('CP1');
      await fixture.connect('CP1');
      const refused = await refusal(fixture.url, 'CP1');
      assert.equal(refused.status, 503);
      assert.ok(Number(refused.headers['retry-after']) >= 5);
      assert.equal(await fixture.metric('rejections_total', { reason: 'rate' }), 1);
    } finally {
      await fixture.stop();
    }
  });

  it('caps the connections', async () => {
    const fixture = await startGateway({ maxConnections: 1 });
    fixture.port.register('CP1');
    fixture.port.register('CP2');
    try {
      await fixture.connect('CP1');
      assert.equal((await refusal(fixture.url, 'CP2')).status, 503);
    } finally {
      await fixture.stop();
    }
  });

  it('keeps so many half-open sockets in all, and counts none of a trusted proxy by its address', async () => {
    const fixture = await startGateway({ maxHalfOpen: 3, maxHalfOpenPerAddress: 1, trustedProxies: ['127.0.0.1'] });
    const sockets: Awaited<ReturnType<typeof rawSocket>>[] = [];
    try {
      for (let n = 0; n < 5; n += 1) sockets.push((await rawSocket(fixture.url)).resume());
      await Promise.all(sockets.slice(0, 2).map((socket) => once(socket, 'close')));
      assert.equal(await fixture.metric('half_open_sockets'), 3);
      assert.equal(await fixture.metric('half_open_dropped_total', { reason: 'evicted' }), 2);
    } finally {
      for (const socket of sockets) socket.destroy();
      await fixture.stop();
    }
  });

  it('ends a request that trickles in (slow loris) and a socket that never speaks', async () => {
    const fixture = await startGateway({ handshakeTimeoutSeconds: 0.3 });
    try {
      const slow = await rawSocket(fixture.url);
      const silent = await rawSocket(fixture.url);
      slow.write('GET /ocpp/CP1 HTTP/1.1\r\n');
      const drip = setInterval(() => slow.write('X-A: b\r\n'), 50);
      slow.resume();
      silent.resume();
      await Promise.all([once(slow, 'close'), once(silent, 'close')]);
      clearInterval(drip);
    } finally {
      await fixture.stop();
    }
  });

  it('serves a good station while 5,000 sockets are opened and never log in', async function () {
    this.timeout(15_000);
    const port = new FakeStationPort();
    const fixture = await startGateway({ maxHalfOpen: 300, maxHalfOpenPerAddress: 200 }, [probeDialect()], port);
    port.register('GOOD');
    const sockets: Awaited<ReturnType<typeof rawSocket>>[] = [];
    try {
      global.gc?.();
      const before = process.memoryUsage().rss;
      for (let batch = 0; batch < 50; batch += 1) {
        sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => rawSocket(fixture.url)))));
        for (const socket of sockets.slice(-100)) socket.write('GET /ocpp/GOOD HTTP/1.1\r\nHost: x\r\n');
        if (batch % 10 === 9) {
          const good = await fixture.connect('GOOD');
          assert.equal((await good.call('Heartbeat'))[0], 3);
          await good.close();
        }
      }
      assert.ok((await fixture.metric('half_open_sockets')) <= 200, 'only so many are kept');
      assert.ok((await fixture.metric('half_open_dropped_total', { reason: 'evicted' })) >= 4000);
      const grownMb = (process.memoryUsage().rss - before) / 1e6;
      assert.ok(grownMb < 150, `memory grew by ${grownMb} MB`);
    } finally {
      for (const socket of sockets) socket.destroy();
      await fixture.stop();
    }
  });
});
