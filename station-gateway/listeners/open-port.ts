import type { AddressInfo, Server } from 'node:net';
import { cannotListen } from './cannot-listen.ts';

/** Connections that the kernel keeps until we take them; beyond it a station waits a second before it tries again. */
const LISTEN_BACKLOG = 4096;

/**
 * Opens a port.
 *
 * @param port 0: any free one
 * @param onError told of what goes wrong from then on
 * @returns the port that it is
 * @throws gateway.cannot_listen
 */
export function openPort(server: Server, host: string, port: number, onError: (error: Error) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(cannotListen({ host, port, problem: error.code ?? error.message }, error));
    });
    server.listen({ port, host, backlog: LISTEN_BACKLOG }, () => {
      server.removeAllListeners('error');
      server.on('error', onError);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** A URL that works on this machine: a wildcard address is named by its loopback. */
export function localUrl(scheme: 'ws' | 'wss' | 'tcp' | 'tls', host: string, port: number): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
