import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { startBalancer } from './balancer.ts';

/** Says its name to whoever comes, and then gives back what it is told. */
async function startBackend(name: string) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.write(name);
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function come(port: number): Promise<{ readonly socket: Socket; readonly name: string }> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  const [first] = (await once(socket, 'data')) as [Buffer];
  return { socket, name: first.toString() };
}

describe('the balancer in front of a local cluster', () => {
  it('hands each connection to the one with the fewest', async () => {
    await using left = await startBackend('left');
    await using right = await startBackend('right');
    await using balancer = await startBalancer(0, [left.port, right.port]);
    const first = await come(balancer.port);
    const second = await come(balancer.port);
    assert.deepEqual([first.name, second.name].sort(), ['left', 'right']);
    first.socket.destroy();
    await once(first.socket, 'close');
    // Until its end has been seen, either may be chosen.
    const names = new Set<string>();
    for (let attempt = 0; attempt < 50 && !names.has(first.name); attempt++) {
      const next = await come(balancer.port);
      names.add(next.name);
      next.socket.destroy();
    }
    assert.ok(names.has(first.name));
  });

  it('passes on all that was said, to the last byte, when one side ends', async () => {
    await using backend = await startBackend('');
    await using balancer = await startBalancer(0, [backend.port]);
    const socket = connect({ port: balancer.port, host: '127.0.0.1', allowHalfOpen: true });
    const all = text(socket);
    const said = 'x'.repeat(3_000_000);
    socket.end(said);
    assert.equal((await all).length, said.length);
  });

  it('goes to the next one where a process is down, and ends the connection where all are', async () => {
    const gone = await startBackend('gone');
    await gone[Symbol.asyncDispose]();
    await using here = await startBackend('here');
    {
      await using balancer = await startBalancer(0, [gone.port, here.port]);
      for (let attempt = 0; attempt < 3; attempt++) assert.equal((await come(balancer.port)).name, 'here');
    }
    await using nobody = await startBalancer(0, [gone.port]);
    const socket = connect(nobody.port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'close');
  });

  it('says which port is taken', async () => {
    await using taken = await startBackend('taken');
    await assert.rejects(startBalancer(taken.port, []), { code: 'cluster.cannot_listen' });
  });
});
