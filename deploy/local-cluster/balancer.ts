import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { defineError } from '@voltpile/kernel/errors';

export const cannotBalance = defineError(
  'cluster.cannot_listen',
  'FailedPrecondition',
  'Cannot listen on 127.0.0.1:{port}: {reason}. Stop the program that uses it, or choose another port (see --help).',
);

const CONNECT_PATIENCE_MS = 1000;
const MOST_CONNECTIONS = 20_000;

interface Backend {
  readonly port: number;
  open: number;
}

export interface Balancer extends AsyncDisposable {
  readonly port: number;
  /** Takes no new connections; those that stand go on. */
  close(): void;
}

/**
 * Hands each TCP connection to the process that has the fewest of them, and to the next one where that does not answer. Stations' sockets stand for days:
 * in turn, a process that was restarted would stay empty.
 *
 * @param port 0: any free one
 * @throws FailedPrecondition `cluster.cannot_listen`
 */
export async function startBalancer(port: number, backendPorts: readonly number[]): Promise<Balancer> {
  const backends: Backend[] = backendPorts.map((backendPort) => ({ port: backendPort, open: 0 }));
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    sockets.add(client);
    client.on('error', () => client.destroy());
    client.once('close', () => sockets.delete(client));
    void passOn(client, backends, sockets);
  });
  server.maxConnections = MOST_CONNECTIONS;
  await listen(server, port);
  const close = (): void => {
    if (server.listening) server.close();
  };
  return {
    port: (server.address() as AddressInfo).port,
    close,
    async [Symbol.asyncDispose]() {
      close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function passOn(client: Socket, backends: readonly Backend[], sockets: Set<Socket>): Promise<void> {
  const inOrder = [...backends].sort((one, other) => one.open - other.open);
  for (const backend of inOrder) {
    if (client.destroyed) return;
    // Counted before it stands, so that a crowd that comes at once is spread.
    backend.open += 1;
    const socket = await reach(backend.port);
    if (socket === undefined) {
      backend.open -= 1;
      continue;
    }
    sockets.add(socket);
    socket.once('close', () => {
      backend.open -= 1;
      sockets.delete(socket);
      // What was said last still arrives.
      client.destroySoon();
    });
    socket.on('error', () => socket.destroy());
    client.once('close', () => socket.destroySoon());
    if (client.destroyed) {
      socket.destroy();
      return;
    }
    client.pipe(socket);
    socket.pipe(client);
    return;
  }
  client.destroy();
}

function reach(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const fail = (): void => {
      socket.destroy();
      resolve(undefined);
    };
    const timer = setTimeout(fail, CONNECT_PATIENCE_MS);
    socket.once('error', fail);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      resolve(socket);
    });
    socket.once('close', () => clearTimeout(timer));
  });
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    throw cannotBalance({ port, reason: (error as Error).message }, error);
  }
}
