import type { Server } from 'node:net';
import { openPort } from '@voltpile/platform/net/open-port';
import { cannotListen } from './cannot-listen.ts';

/** Connections that the kernel keeps until we take them; beyond it a station waits a second before it tries again. */
const LISTEN_BACKLOG = 4096;

/**
 * Opens a port for stations.
 *
 * @param port 0: any free one
 * @param onError told of what goes wrong from then on
 * @returns the port that it is
 * @throws gateway.cannot_listen
 */
export async function openStationPort(
  server: Server,
  host: string,
  port: number,
  onError: (error: Error) => void,
): Promise<number> {
  const opened = await openPort(server, {
    host,
    port,
    backlog: LISTEN_BACKLOG,
    cannotListen: (problem, cause) => cannotListen({ host, port, problem }, cause),
    onError,
  });
  return opened.port;
}

/** A URL that works on this machine: a wildcard address is named by its loopback. */
export function localUrl(scheme: 'ws' | 'wss' | 'tcp' | 'tls', host: string, port: number): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
