import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type GatewayFixture, startGateway } from '../testing/gateway-fixture.ts';
import { rawSocket, upgradeRequest } from '../testing/station-client.ts';
import { checkLiveness, LivenessWatch, silenceAllowedMs, tickMsFor } from './liveness.ts';

const LIMITS = { pingIntervalMs: 25_000, idleTimeoutMs: 75_000 };
const STATE = { heardAt: 0, pingedAt: 0, pongs: true, heartbeatSeconds: 300 };

describe('liveness', () => {
  it('pings after a silence, again after another, and gives up at the timeout', () => {
    assert.equal(checkLiveness(STATE, 24_999, LIMITS), 'fine');
    assert.equal(checkLiveness(STATE, 25_000, LIMITS), 'ping');
    assert.equal(checkLiveness({ ...STATE, pingedAt: 25_000 }, 49_999, LIMITS), 'fine');
    assert.equal(checkLiveness({ ...STATE, pingedAt: 25_000 }, 50_000, LIMITS), 'ping');
    assert.equal(checkLiveness({ ...STATE, pingedAt: 50_000 }, 74_999, LIMITS), 'fine');
    assert.equal(checkLiveness(STATE, 75_000, LIMITS), 'dead');
  });

  it('needs no ping to have been missed', () => {
    assert.equal(checkLiveness({ ...STATE, pingedAt: 74_000 }, 75_000, LIMITS), 'dead');
  });

  it('gives a station that never answers pings two heartbeats', () => {
    const mute = { ...STATE, pongs: false };
    assert.equal(silenceAllowedMs(mute, LIMITS), 615_000);
    assert.equal(silenceAllowedMs({ ...mute, heartbeatSeconds: 10 }, LIMITS), 75_000);
    assert.equal(checkLiveness({ ...mute, pingedAt: 600_000 }, 614_999, LIMITS), 'fine');
    assert.equal(checkLiveness(mute, 615_000, LIMITS), 'dead');
  });

  it('looks five times within an interval, at most once a second', () => {
    assert.equal(tickMsFor(LIMITS), 1000);
    assert.equal(tickMsFor({ pingIntervalMs: 100, idleTimeoutMs: 400 }), 20);
    assert.equal(tickMsFor({ pingIntervalMs: 1, idleTimeoutMs: 4 }), 10);
  });

  it('does not let time pass while the process stands still', async () => {
    const watch = new LivenessWatch(10);
    const ticked = Promise.withResolvers<number>();
    watch.start();
    watch.start();
    watch.add({ tick: (now) => ticked.resolve(now) });
    const until = performance.now() + 300;
    while (performance.now() < until);
    assert.ok((await ticked.promise) <= 60, 'five ticks at most for the 300 ms');
    watch.stop();
  });
});

describe('a silent station', () => {
  let fixture: GatewayFixture;

  beforeEach(async () => {
    fixture = await startGateway({ pingIntervalSeconds: 0.1, idleTimeoutSeconds: 0.4 });
    fixture.port.register('CP1');
  });

  afterEach(() => fixture.stop());

  it('is pinged at once and from then on', async () => {
    const client = await fixture.connect('CP1');
    await once(client.socket, 'ping');
    await once(client.socket, 'ping');
    assert.equal((await client.call('Heartbeat'))[0], 3);
  });

  it('that used to answer pings is dead after the idle timeout', async () => {
    const client = await fixture.connect('CP1');
    await once(client.socket, 'ping');
    const started = performance.now();
    client.socket.pause();
    const told = await fixture.port.called('disconnected');
    const took = performance.now() - started;
    assert.match((told.argument as { reason: string }).reason, /^nothing heard/);
    assert.ok(took > 300 && took < 1200, `took ${took} ms`);
    assert.equal(await fixture.metric('disconnects_total', { reason: 'idle' }), 1);
  });

  it('that never answers pings is not cut off by them', async () => {
    const client = await fixture.connect('CP1', { autoPong: false });
    for (let n = 0; n < 7; n += 1) await once(client.socket, 'ping');
    assert.equal((await client.call('Heartbeat'))[0], 3);
  });

  it('is alive while a long message trickles in', async () => {
    const socket = await rawSocket(fixture.url);
    socket.write(upgradeRequest('/ocpp/CP1'));
    const received = collect(socket);
    await received.until('\x89');
    socket.write(Buffer.from([0x8a, 0x80, 0, 0, 0, 0]));
    const message = Buffer.from(JSON.stringify([2, 'slow', 'Heartbeat', {}]));
    socket.write(Buffer.from([0x81, 0x80 | message.length, 0, 0, 0, 0]));
    for (const byte of message) {
      socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await received.until('[3,"slow"');
    socket.destroy();
  });
});

/** What a socket brings, as Latin-1 text. */
function collect(socket: Socket): { until(text: string): Promise<void> } {
  let all = '';
  socket.on('data', (chunk: Buffer) => {
    all += chunk.toString('latin1');
  });
  return {
    async until(text) {
      while (!all.includes(text)) await once(socket, 'data');
    },
  };
}
