import assert from 'node:assert/strict';
import { once } from 'node:events';
import { deflateRawSync } from 'node:zlib';
import WebSocket from 'ws';
import { type GatewayFixture, startGateway } from '../testing/gateway-fixture.ts';
import { probeDialect } from '../testing/probe-dialect.ts';
import { rawSocket, upgradeRequest } from '../testing/station-client.ts';
import { deflateOf } from './compression.ts';
import { StationSocket } from './station-socket.ts';

describe('compression and the limits of a version', () => {
  let fixture: GatewayFixture;
  /** Our ends of the sockets. */
  const opened: WebSocket[] = [];
  const attach = StationSocket.prototype.attach;

  before(() => {
    StationSocket.prototype.attach = function attached(session) {
      opened.push(this);
      attach.call(this, session);
    };
  });
  after(() => {
    StationSocket.prototype.attach = attach;
  });
  before(async () => {
    fixture = await startGateway(
      { versions: { 'ocpp1.6': { maxFrameBytes: 20_000 }, 'ocpp2.0.1': { maxFrameBytes: 60_000, messageBurst: 50 } } },
      [probeDialect('ocpp2.0.1'), probeDialect('ocpp1.6')],
    );
    fixture.port.register('CP1');
  });
  after(() => fixture.stop());

  /** An open socket; with `offer` the client offers permessage-deflate, as `ws` does by default. */
  async function open(version: string, offer: boolean): Promise<{ socket: WebSocket; received: () => number }> {
    const socket = new WebSocket(`${fixture.url}/CP1`, version, { perMessageDeflate: offer });
    const upgraded = once(socket, 'upgrade');
    await once(socket, 'open');
    const [response] = (await upgraded) as [{ socket: { bytesRead: number } }];
    return { socket, received: () => response.socket.bytesRead };
  }

  async function ask(socket: WebSocket, size: number): Promise<string> {
    const answered = once(socket, 'message');
    socket.send(JSON.stringify([2, 'm', 'DataTransfer', { size }]));
    const [data] = (await answered) as [Buffer];
    return data.toString();
  }

  it('rule 22: compresses large frames for a station of 2.0.1 that offers it, and no small ones', async () => {
    const { socket, received } = await open('ocpp2.0.1', true);
    assert.match(socket.extensions, /permessage-deflate/);
    const before = received();
    assert.equal((await ask(socket, 1000)).length, 1000 + '[3,"m",{"data":""}]'.length);
    const small = received() - before;
    assert.ok(small > 1000, `${small} bytes for a small frame`);
    const middle = received();
    assert.equal((await ask(socket, 50_000)).length, 50_000 + '[3,"m",{"data":""}]'.length);
    assert.ok(received() - middle < 2000, `${received() - middle} bytes for a large frame`);
    socket.close();
  });

  it('does not compress when nothing was offered, nor for 1.6', async () => {
    for (const [version, offer] of [
      ['ocpp2.0.1', false],
      ['ocpp1.6', true],
    ] as const) {
      const { socket, received } = await open(version, offer);
      assert.equal(socket.extensions, '');
      const before = received();
      await ask(socket, 10_000);
      assert.ok(received() - before >= 10_000);
      socket.close();
    }
  });

  it('keeps no memory of zlib with a socket, however often it was used', async () => {
    const { socket } = await open('ocpp2.0.1', true);
    const large = JSON.stringify([2, 'm', 'DataTransfer', { size: 20_000, data: 'y'.repeat(20_000) }]);
    for (let time = 0; time < 20; time++) {
      const answered = once(socket, 'message');
      // Also in pieces, whose inflating goes on from one to the next.
      if (time % 2 === 0) socket.send(large, { compress: true });
      else {
        for (let at = 0; at < large.length; at += 5000) {
          socket.send(large.slice(at, at + 5000), { compress: true, fin: at + 5000 >= large.length });
        }
      }
      const [data] = (await answered) as [Buffer];
      assert.equal(data.length, 20_000 + '[3,"m",{"data":""}]'.length);
    }
    const deflate = deflateOf(opened.at(-1) as WebSocket);
    assert.ok(deflate !== undefined);
    assert.deepEqual([deflate._deflate, deflate._inflate], [null, null]);
    socket.close();
  });

  it('lets a station in whose offer cannot be taken, without compression', async () => {
    for (const offer of [
      'permessage-deflate; server_max_window_bits=9',
      'permessage-deflate; nonsense',
      'permessage-deflate; ; =',
      '"',
    ]) {
      const raw = await rawSocket(fixture.url);
      const headers = { 'Sec-WebSocket-Protocol': 'ocpp2.0.1', 'Sec-WebSocket-Extensions': offer };
      raw.write(upgradeRequest('/ocpp/CP1', headers));
      const [head] = (await once(raw, 'data')) as [Buffer];
      assert.match(head.toString(), /^HTTP\/1\.1 101 /, offer);
      assert.doesNotMatch(head.toString(), /Sec-WebSocket-Extensions/i);
      raw.destroy();
    }
  });

  it('bounds what a frame inflates to', async () => {
    const { socket } = await open('ocpp2.0.1', true);
    const closed = once(socket, 'close');
    // A bomb of a few hundred bytes.
    assert.ok(deflateRawSync(Buffer.alloc(1_000_000, 'x')).length < 2000);
    socket.send('x'.repeat(1_000_000), { compress: true });
    assert.equal((await closed)[0], 1009);
  });

  it('takes frames as large as the version may send', async () => {
    const frame = (size: number) => JSON.stringify([2, 'm', 'DataTransfer', { size: 1, data: 'y'.repeat(size) }]);
    const newer = await open('ocpp2.0.1', false);
    const answered = once(newer.socket, 'message');
    newer.socket.send(frame(40_000));
    await answered;
    newer.socket.close();
    const older = await open('ocpp1.6', false);
    const closed = once(older.socket, 'close');
    older.socket.send(frame(40_000));
    assert.equal((await closed)[0], 1009);
  });

  it('holds a station to the rate of its version: what is too much waits, and nothing is lost', async () => {
    const ofVersion = async (version: string): Promise<number> => {
      const client = await fixture.connect('CP1', { protocols: [version] });
      const before = await fixture.metric('pauses_total', { reason: 'rate' });
      const ids = Array.from({ length: 80 }, () => client.post('Heartbeat'));
      for (const id of ids) assert.equal((await client.next())[1], id);
      await client.close();
      return (await fixture.metric('pauses_total', { reason: 'rate' })) - before;
    };
    assert.equal(await ofVersion('ocpp1.6'), 0);
    assert.ok((await ofVersion('ocpp2.0.1')) > 0);
  });
});
