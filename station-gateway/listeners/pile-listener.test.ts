import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { SecurityEventReport, TransactionReport } from '@voltpile/csms/contract/station-port';
import type { PileSettings } from '../pile-settings.ts';
import { createYkcFamily } from '../protocols/ykc/family.ts';
import type { GatewaySettings } from '../settings.ts';
import { domainAway, FakeStationPort } from '../testing/fake-station-port.ts';
import { type GatewayFixture, startGateway } from '../testing/gateway-fixture.ts';
import { cardBody, chargingBody, loginBody, type PileClient, recordBody } from '../testing/pile-client.ts';

const PILE = '32010600019236';
const OTHER = '32010600019237';
const SERIAL = `${PILE}01${'0'.repeat(16)}`;
/** Looks around every 20 ms. */
const QUICK: Partial<GatewaySettings> = { pingIntervalSeconds: 0.1, idleTimeoutSeconds: 30 };

describe('the listener of piles', () => {
  const fixtures: GatewayFixture[] = [];

  afterEach(async () => {
    mock.restoreAll();
    for (const fixture of fixtures.splice(0)) await fixture.stop();
  });

  async function start(
    piles: Partial<PileSettings> = {},
    settings: Partial<GatewaySettings> = QUICK,
  ): Promise<GatewayFixture> {
    const port = new FakeStationPort();
    for (const pileNo of [PILE, OTHER]) port.register(pileNo);
    const families = [createYkcFamily()];
    const fixture = await startGateway(settings, [], port, undefined, { families, settings: piles });
    fixtures.push(fixture);
    return fixture;
  }

  async function enter(fixture: GatewayFixture, pileNo = PILE): Promise<PileClient> {
    const client = await fixture.connectPile();
    assert.ok(await client.login(pileNo));
    return client;
  }

  const eventsOf = ({ port }: GatewayFixture): string[] =>
    port.calls
      .filter(({ method }) => method === 'securityEventReported')
      .map(({ argument }) => (argument as SecurityEventReport).type);

  const warningsOf = ({ log }: GatewayFixture): unknown[] =>
    log.filter(({ level }) => level === 'warn').map(({ facts }) => facts.problem ?? facts.reason);

  describe('lets in', () => {
    it('a pile that the domain knows, and tells who came', async () => {
      const fixture = await start();
      const client = await enter(fixture);
      assert.deepEqual(fixture.port.credentials, [
        {
          identity: PILE,
          passwordBase64: null,
          certificateVerified: false,
          unauthenticatedAllowed: true,
          remoteAddress: '127.0.0.1',
          encrypted: false,
          protocol: 'ykc',
          capabilities: createYkcFamily().capabilities,
          nodeId: 'node-1',
        },
      ]);
      assert.equal(fixture.port.count('booted'), 1);
      assert.equal((await client.next(0x56)).body.length, 14);
      assert.equal(await fixture.metric('connections', { protocol: 'ykc' }), 1);
      assert.equal(await fixture.metric('half_open_sockets'), 0);
      client.socket.end();
      await fixture.port.called('disconnected');
      assert.equal(await fixture.metric('disconnects_total', { reason: 'station' }), 1);
    });

    it('nobody whom it does not know: it is told so, and left', async () => {
      const fixture = await start();
      const client = await fixture.connectPile();
      assert.equal(await client.login('32010600000000'), false);
      await client.closed;
      assert.equal(await fixture.metric('rejections_total', { reason: 'unknown-station' }), 1);
      assert.equal(await fixture.metric('disconnects_total'), 0);
    });

    it('nobody without proof on an address for everybody, unless that is allowed', async () => {
      const everywhere = { ...QUICK, host: '0.0.0.0' };
      const strict = await start({}, everywhere);
      const refused = await strict.connectPile();
      assert.equal(await refused.login(PILE), false);
      assert.equal(strict.port.credentials[0]?.unauthenticatedAllowed, false);
      const lax = await start({ allowUnauthenticated: true }, everywhere);
      await enter(lax);
      assert.equal(lax.port.credentials[0]?.unauthenticatedAllowed, true);
    });

    it('nobody while the domain is away, without a word, and again when it is back', async () => {
      const fixture = await start();
      fixture.port.beforeAdmit = () => Promise.reject(domainAway());
      const client = await fixture.connectPile();
      client.send(0x01, loginBody(PILE));
      await client.closed;
      assert.equal(client.count(0x02), 0);
      assert.equal(await fixture.metric('rejections_total', { reason: 'unavailable' }), 1);
      fixture.port.beforeAdmit = () => undefined;
      await enter(fixture);
    });

    it('a pile so often in a row, then silence; others come in', async () => {
      const fixture = await start({ loginsPerPile: 3 });
      for (let index = 0; index < 3; index++) {
        const client = await enter(fixture);
        client.socket.end();
        await client.closed;
        await fixture.port.called('disconnected', ({ epoch }) => epoch === index + 1);
      }
      const client = await fixture.connectPile();
      client.send(0x01, loginBody(PILE));
      await client.closed;
      assert.equal(client.count(0x02), 0);
      assert.equal(fixture.port.credentials.length, 3);
      assert.equal(await fixture.metric('rejections_total', { reason: 'rate' }), 1);
      await enter(fixture, OTHER);
    });

    it('several piles on one connection, each for itself', async () => {
      const fixture = await start();
      const client = await enter(fixture);
      assert.ok(await client.login(OTHER));
      assert.equal(await fixture.metric('connections', { protocol: 'ykc' }), 2);
      await client.heartbeat(PILE);
      await client.heartbeat(OTHER);
      const key = fixture.port.stations.get(PILE)?.key ?? '';
      await fixture.gateway.link.disconnect(key, 1, 'the operator wants it');
      await fixture.port.called('disconnected');
      assert.equal(await fixture.metric('connections', { protocol: 'ykc' }), 1);
      await client.heartbeat(OTHER);
      assert.ok(client.isOpen);
    });

    it('no more piles on one connection than it may carry', async () => {
      const fixture = await start({ maxPilesPerConnection: 1 });
      const client = await enter(fixture);
      assert.equal(await client.login(OTHER), false);
      await client.heartbeat(PILE);
      assert.equal(fixture.port.credentials.length, 1);
    });
  });

  describe('waits not forever', () => {
    it('for a login', async () => {
      const fixture = await start({ loginTimeoutSeconds: 0.1 });
      const silent = await fixture.connectPile();
      const chatty = await fixture.connectPile();
      chatty.send(0x03, `${PILE}0100`);
      await Promise.all([silent.closed, chatty.closed]);
      assert.equal(await fixture.metric('half_open_sockets'), 0);
      assert.equal(await fixture.metric('half_open_dropped_total', { reason: 'timeout' }), 2);
      assert.equal(fixture.port.credentials.length, 0);
    });

    it('for the rest of a frame', async () => {
      const fixture = await start({ partialFrameSeconds: 0.1 });
      const stranger = await fixture.connectPile();
      stranger.socket.write(Buffer.from([0x68]));
      const client = await enter(fixture);
      client.socket.write(client.frame(0x03, `${PILE}0100`).subarray(0, 10));
      await Promise.all([stranger.closed, client.closed]);
      await fixture.port.called('disconnected');
      assert.equal(await fixture.metric('disconnects_total', { reason: 'bad-frame' }), 1);
      assert.equal(await fixture.metric('connections', { protocol: 'ykc' }), 0);
    });

    it('but a pile is no laggard whose frames always end in the next piece', async () => {
      const fixture = await start({ partialFrameSeconds: 0.2 });
      const client = await enter(fixture);
      let rest: Buffer = Buffer.alloc(0);
      const begun = performance.now();
      while (performance.now() - begun < 600) {
        const next = client.frame(0x03, `${PILE}0100`);
        client.socket.write(Buffer.concat([rest, next.subarray(0, 5)]));
        if (rest.length > 0) await client.next(0x04);
        rest = next.subarray(5);
        await setTimeout(20);
      }
      client.socket.write(rest);
      await client.next(0x04);
      assert.ok(client.isOpen);
    });

    it('for a word from a pile', async () => {
      const fixture = await start({ idleTimeoutSeconds: 0.2 });
      const silent = await enter(fixture);
      const alive = await enter(fixture, OTHER);
      let isOver = false;
      const over = silent.closed.then(() => {
        isOver = true;
      });
      while (!isOver) {
        await alive.heartbeat(OTHER);
        await setTimeout(20);
      }
      await over;
      await fixture.port.called('disconnected');
      assert.equal(await fixture.metric('disconnects_total', { reason: 'idle' }), 1);
      assert.ok(alive.isOpen);
    });
  });

  describe('takes no nonsense', () => {
    it('from strangers: who does not begin like a pile is left at once', async () => {
      const fixture = await start();
      for (const text of ['GET / HTTP/1.1\r\n\r\n', '\u0016\u0003\u0001', '\u0000', '\u0067h']) {
        const client = await fixture.connectPile();
        client.socket.write(text, 'latin1');
        await client.closed;
      }
      assert.deepEqual(warningsOf(fixture), Array(4).fill('unknown-family'));
      assert.equal(await fixture.metric('half_open_sockets'), 0);
    });

    it('bytes that belong to no frame: a little is passed over, more is not', async () => {
      const fixture = await start({ maxGarbageBytes: 100 });
      const client = await enter(fixture);
      for (let round = 0; round < 5; round++) {
        client.socket.write(Buffer.alloc(90, 0x11));
        await client.heartbeat(PILE);
      }
      client.socket.write(Buffer.alloc(101, 0x11));
      await client.closed;
      await fixture.port.called('disconnected');
      assert.equal(await fixture.metric('disconnects_total', { reason: 'bad-frame' }), 1);
    });

    it('broken frames: so many in a row', async () => {
      const fixture = await start({ maxBadFrames: 4 });
      const client = await enter(fixture);
      const broken = () => {
        const bytes = client.frame(0x03, `${PILE}0100`);
        bytes.writeUInt16LE(bytes.readUInt16LE(bytes.length - 2) ^ 0x0101, bytes.length - 2);
        return bytes;
      };
      for (let round = 0; round < 3; round++) {
        for (let index = 0; index < 3; index++) client.socket.write(broken());
        await client.heartbeat(PILE);
      }
      assert.equal(await fixture.metric('frame_problems_total', { kind: 'bad-check' }), 9);
      for (let index = 0; index < 4; index++) client.socket.write(broken());
      await client.closed;
    });

    it('frames before a login, but the login after some', async () => {
      const fixture = await start({ maxForeignFrames: 4 });
      const late = await fixture.connectPile();
      for (let index = 0; index < 3; index++) late.send(0x13, chargingBody(PILE, SERIAL));
      assert.ok(await late.login(PILE));
      const never = await fixture.connectPile();
      for (let index = 0; index < 4; index++) never.send(0x3b, recordBody(OTHER, SERIAL));
      await never.closed;
      assert.equal(never.count(0x40), 0);
      assert.equal(await fixture.metric('frame_problems_total', { kind: 'before-login' }), 7);
      assert.equal(fixture.port.count('transactionStarted'), 0);
      assert.deepEqual(warningsOf(fixture), ['before-login']);
    });

    it('frames of another pile: one security event, and an end', async () => {
      const fixture = await start({ maxForeignFrames: 4 });
      const other = await enter(fixture, OTHER);
      const client = await enter(fixture);
      for (let index = 0; index < 3; index++) client.send(0x13, chargingBody(OTHER, SERIAL));
      await client.heartbeat(PILE);
      for (let index = 0; index < 4; index++) client.send(0x3b, recordBody(OTHER, SERIAL));
      await client.closed;
      assert.deepEqual(eventsOf(fixture), ['ForeignPileNumber', 'ForeignPileNumber']);
      assert.equal(fixture.port.count('transactionStarted'), 0);
      await other.heartbeat(OTHER);
    });

    it('what it cannot read, or what is not for it, costs only the frame', async () => {
      const fixture = await start();
      const client = await enter(fixture);
      const encrypted = client.frame(0x03, `${PILE}0100`);
      encrypted.writeUInt8(1, 4);
      const frames: [number, string, string][] = [
        [0x77, '00'.repeat(20), 'unknown-type'],
        [0x04, `${PILE}0100`, 'wrong-direction'],
        [0x13, '00'.repeat(10), 'too-short'],
        [0x13, `${SERIAL}${PILE}01`, 'unreadable'],
      ];
      for (const [type, body] of frames) for (let index = 0; index < 20; index++) client.send(type, body);
      await client.heartbeat(PILE);
      await fixture.port.called('factReported');
      for (const [, , kind] of frames) assert.ok((await fixture.metric('frame_problems_total', { kind })) >= 1, kind);
      assert.equal(fixture.port.count('transactionStarted'), 0);
      assert.ok(client.isOpen);
    });
  });

  describe('a login that cannot be read', () => {
    /** Cut short: the number, and little more. */
    const CUT = `${PILE}0001`;

    it('is refused before anybody is let in by it, and the next good one is let in at once', async () => {
      const fixture = await start({ probeSeconds: 1000, loginsPerPile: 1 });
      for (let index = 0; index < 3; index++) {
        const client = await fixture.connectPile();
        client.send(0x01, CUT);
        assert.equal((await client.next(0x02)).body.toString('hex'), `${PILE}01`);
        await client.closed;
      }
      assert.equal(fixture.port.credentials.length, 0);
      assert.equal(await fixture.metric('connects_total'), 0);
      assert.equal(await fixture.metric('frame_problems_total', { kind: 'unreadable' }), 3);
      assert.equal(await fixture.metric('rejections_total', { reason: 'bad-request' }), 3);
      const [warning] = fixture.log.filter(({ level }) => level === 'warn');
      assert.equal(warning?.facts.identity, PILE);
      assert.match(String(warning?.facts.problem), /^the body ends/);
      assert.ok(String(warning?.facts.frame).includes(CUT));
      await enter(fixture);
      assert.deepEqual(eventsOf(fixture), []);
    });

    it('does not disturb the pile whose number it bears: that keeps it as a security event', async () => {
      const fixture = await start({ loginsPerPile: 2 });
      const first = await enter(fixture);
      await first.next(0x12);
      for (let index = 0; index < 4; index++) {
        const stranger = await fixture.connectPile();
        stranger.send(0x01, CUT);
        assert.equal((await stranger.next(0x02)).body[7], 1);
        await stranger.closed;
      }
      await first.heartbeat(PILE);
      assert.equal(first.count(0x12), 0);
      assert.equal(fixture.port.credentials.length, 1);
      assert.deepEqual(eventsOf(fixture), ['UnreadableLogin', 'UnreadableLogin']);
      const { argument } = await fixture.port.called('securityEventReported');
      assert.ok((argument as SecurityEventReport).origin.raw.includes(CUT));
    });

    it('of another pile leaves the connection of a concentrator as it is', async () => {
      const fixture = await start();
      const client = await enter(fixture);
      client.send(0x01, `${OTHER}0001`);
      assert.equal((await client.next(0x02)).body[7], 1);
      await client.heartbeat(PILE);
      assert.ok(await client.login(OTHER));
    });

    it('is answered with silence when too many come from one address', async () => {
      const fixture = await start({ loginsPerAddressPerSecond: 0.1 });
      const answered: number[] = [];
      for (let index = 0; index < 2; index++) {
        const client = await fixture.connectPile();
        client.send(0x01, CUT);
        await client.closed;
        answered.push(client.count(0x02));
      }
      assert.deepEqual(answered, [1, 0]);
      assert.equal(await fixture.metric('rejections_total', { reason: 'rate' }), 1);
    });
  });

  describe('when a pile logs in a second time', () => {
    const SHORT = { probeSeconds: 0.15 };

    it('keeps the connection that answers', async () => {
      const fixture = await start(SHORT);
      const first = await enter(fixture);
      await first.next(0x12);
      const second = await fixture.connectPile();
      const refused = second.login(PILE);
      await first.next(0x12);
      first.send(0x13, chargingBody(PILE, SERIAL));
      assert.equal(await refused, false);
      await second.closed;
      await first.heartbeat(PILE);
      assert.deepEqual(eventsOf(fixture), ['SecondLogin']);
      assert.equal(fixture.port.credentials.length, 1);
      assert.equal(await fixture.metric('rejections_total', { reason: 'connected-elsewhere' }), 1);
    });

    it('gives up the connection that does not', async () => {
      const fixture = await start(SHORT);
      const first = await enter(fixture);
      const second = await fixture.connectPile();
      assert.equal(await second.login(PILE), true);
      await first.closed;
      await second.heartbeat(PILE);
      assert.deepEqual(eventsOf(fixture), ['ConnectionTakenOver']);
      assert.equal(await fixture.metric('connections', { protocol: 'ykc' }), 1);
    });

    it('does so a few times an hour', async () => {
      const fixture = await start({ ...SHORT, takeoversPerHour: 2 });
      let current = await enter(fixture);
      for (let index = 0; index < 2; index++) {
        const next = await fixture.connectPile();
        assert.equal(await next.login(PILE), true);
        await current.closed;
        current = next;
      }
      const last = await fixture.connectPile();
      assert.equal(await last.login(PILE), false);
      await current.heartbeat(PILE);
      assert.deepEqual(eventsOf(fixture), ['ConnectionTakenOver', 'ConnectionTakenOver', 'TooManyTakeovers']);
    });
  });

  describe('keeps the order', () => {
    it('what a pile said on its last connection is told before what it says on the next', async () => {
      const fixture = await start({ burstMs: 1 });
      const door = Promise.withResolvers<void>();
      fixture.port.before = (method) => (method === 'transactionStarted' ? door.promise : undefined);
      const first = await enter(fixture);
      for (const energy of [0, 10, 20]) first.send(0x13, chargingBody(PILE, SERIAL, energy));
      await first.heartbeat(PILE);
      first.socket.destroy();
      await fixture.port.called('disconnected');
      const second = await enter(fixture);
      second.send(0x3b, recordBody(PILE, SERIAL));
      await second.heartbeat(PILE);
      door.resolve();
      await second.next(0x40);
      const told = fixture.port.calls.filter(({ method }) => method.startsWith('transaction'));
      assert.deepEqual(
        told.map(({ method, argument }) => `${method} ${(argument as TransactionReport).origin.messageName}`),
        [
          'transactionStarted 0x13',
          'transactionUpdated 0x13',
          'transactionUpdated 0x13',
          'transactionStarted 0x3B',
          'transactionEnded 0x3B',
        ],
      );
    });

    it('and loses nothing when more comes than it can take: it reads no further', async () => {
      const fixture = await start({ maxQueuedFrames: 8, burstMs: 1 });
      const door = Promise.withResolvers<void>();
      const client = await enter(fixture);
      await fixture.port.called('booted');
      fixture.port.before = () => door.promise;
      // One by one, as they come over the air: a single piece may bring more than there is room for.
      for (let sent = 0; sent < 8; sent++) {
        if (sent > 0) await client.heartbeat(PILE);
        client.send(0x13, chargingBody(PILE, SERIAL, sent));
      }
      while ((await fixture.metric('paused_sockets')) === 0) await new Promise(setImmediate);
      for (let sent = 8; sent < 13; sent++) client.send(0x13, chargingBody(PILE, SERIAL, sent));
      door.resolve();
      client.send(0x3b, recordBody(PILE, SERIAL));
      await client.next(0x40);
      assert.equal(fixture.port.count('transactionUpdated'), 12);
      assert.equal(await fixture.metric('paused_sockets'), 0);
    });

    it('and holds what it was told while the domain is away', async () => {
      const fixture = await start({ burstMs: 1 });
      const client = await enter(fixture);
      let isAway = true;
      fixture.port.before = () => {
        if (isAway) throw domainAway();
      };
      client.send(0x13, chargingBody(PILE, SERIAL));
      client.send(0x3b, recordBody(PILE, SERIAL));
      await client.heartbeat(PILE);
      client.send(0x03, `${PILE}0100`);
      await client.next(0x04);
      assert.equal(client.count(0x40), 0);
      isAway = false;
      await client.next(0x40);
      assert.equal(fixture.port.count('transactionStarted'), 2);
      assert.ok(client.isOpen);
    });
  });

  it('limits the cards that a pile tries out, whichever connection it uses, and each pile for itself', async () => {
    // A whole number: what is left of a second is not to be lost by rounding.
    let now = Math.ceil(performance.now());
    mock.method(performance, 'now', () => now);
    const fixture = await start();
    let tried = 0;
    const tryCard = async (client: PileClient, pileNo: string): Promise<boolean> => {
      tried += 1;
      client.send(0x31, cardBody(pileNo, String(tried)));
      const { body } = await client.next(0x32);
      return body[36] === 1;
    };
    const answers: boolean[] = [];
    for (let epoch = 1; epoch <= 3; epoch++) {
      const client = await enter(fixture);
      for (let index = 0; index < 5; index++) answers.push(await tryCard(client, PILE));
      client.socket.end();
      await fixture.port.called('disconnected', (call) => call.epoch === epoch);
    }
    assert.deepEqual(answers, [...Array(10).fill(true), ...Array(5).fill(false)]);
    assert.equal(fixture.port.count('authorize'), 10);
    assert.ok(await tryCard(await enter(fixture, OTHER), OTHER));
    now += 5000;
    const last = await enter(fixture);
    assert.deepEqual([await tryCard(last, PILE), await tryCard(last, PILE)], [true, false]);
  });

  it('slows down who talks too fast, and serves the others', async () => {
    const fixture = await start({ framesPerGunPerSecond: 50 });
    const fast = await enter(fixture);
    const other = await enter(fixture, OTHER);
    for (let index = 0; index < 520; index++) fast.send(0x03, `${PILE}0100`);
    await other.heartbeat(OTHER);
    while ((await fixture.metric('pauses_total', { reason: 'rate' })) === 0) await other.heartbeat(OTHER);
    for (let index = 0; index < 520; index++) await fast.next(0x04);
    assert.ok(fast.isOpen && other.isOpen);
  });

  it('makes room for new sockets when too many say nothing', async () => {
    const fixture = await start({ maxHalfOpen: 20, maxHalfOpenPerAddress: 10 });
    const silent: PileClient[] = [];
    for (let index = 0; index < 30; index++) silent.push(await fixture.connectPile());
    await Promise.all(silent.slice(0, 20).map(({ closed }) => closed));
    await enter(fixture);
    assert.ok((await fixture.metric('half_open_sockets')) <= 10);
    assert.ok(silent.slice(-9).every(({ isOpen }) => isOpen));
  });

  it('leaves everybody when it stops, and tells the domain', async () => {
    const fixture = await start();
    const client = await enter(fixture);
    const stranger = await fixture.connectPile();
    await fixture.gateway.stop(1000);
    await Promise.all([client.closed, stranger.closed]);
    assert.equal(fixture.port.count('disconnected'), 1);
    assert.equal(fixture.gateway.connections, 0);
  });
});
