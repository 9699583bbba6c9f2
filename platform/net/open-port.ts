import type { AddressInfo, Server } from 'node:net';

export interface OpenPortOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Connections that the kernel keeps until we take them; the system's own when absent. */
  readonly backlog?: number;
  /** What is thrown when it cannot be opened. */
  readonly cannotListen: (reason: string, cause: Error) => Error;
  /** Told of what goes wrong from then on: no file descriptors left, for instance, which is no reason to end. */
  readonly onError: (error: Error) => void;
}

/**
 * Opens a port.
 *
 * @returns the address that it is
 */
export function openPort(
  server: Server,
  { host, port, backlog, cannotListen, onError }: OpenPortOptions,
): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => reject(cannotListen(error.code ?? error.message, error));
    server.once('error', failed);
    server.listen({ host, port, ...(backlog === undefined ? {} : { backlog }) }, () => {
      server.off('error', failed);
      server.on('error', onError);
      resolve(server.address() as AddressInfo);
    });
  });
}
