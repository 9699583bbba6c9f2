import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { BurstGate } from '../connections/burst-gate.ts';
import type { GatewayContext } from '../connections/gateway-context.ts';
import { PileConnection } from '../connections/pile-connection.ts';
import type { PileSettings } from '../pile-settings.ts';
import type { PileFamily } from '../protocols/pile-family.ts';
import { HalfOpenSockets } from './half-open.ts';
import { localUrl, openStationPort } from './open-port.ts';
import { PileDoor } from './pile-door.ts';
import { isLoopbackHost, plainAddress } from './remote-address.ts';
import { readTlsOptions } from './tls-files.ts';

export interface PileUrls {
  readonly ykc: string;
  readonly ykcs?: string;
}

/** The door for piles that speak over plain TCP, or TLS. The first bytes of a connection choose the family. */
export class PileListener {
  readonly #gateway: GatewayContext;
  #limits: PileSettings;
  readonly #halfOpen: HalfOpenSockets;
  readonly #bursts: BurstGate;
  readonly #door: PileDoor;
  readonly #connections = new Set<PileConnection>();
  readonly #servers: Server[] = [];
  readonly #halt = new AbortController();

  constructor(gateway: GatewayContext, families: readonly PileFamily[], limits: PileSettings, nodeId: string) {
    this.#gateway = gateway;
    this.#limits = limits;
    this.#bursts = new BurstGate(limits.burstMs);
    this.#halfOpen = new HalfOpenSockets({
      total: limits.maxHalfOpen,
      perAddress: limits.maxHalfOpenPerAddress,
      timeoutMs: limits.loginTimeoutSeconds * 1000,
      exempt: () => false,
      onDropped: (why) => gateway.metrics.halfOpenDropped(why),
    });
    this.#door = new PileDoor({
      gateway,
      families,
      limits,
      bursts: this.#bursts,
      halt: this.#halt.signal,
      nodeId,
      unauthenticatedAllowed: limits.allowUnauthenticated || isLoopbackHost(gateway.settings.host),
      onDeciding: ({ socket }) => this.#halfOpen.deciding(socket),
      onLoggedIn: ({ socket }) => this.#halfOpen.loggedIn(socket),
      onGone: (connection) => this.#connections.delete(connection),
    });
  }

  /** Takes the limits of connections that are read where they are used; the others are kept. */
  settingsChanged(limits: PileSettings): void {
    this.#limits = limits;
    this.#door.settingsChanged(limits);
  }

  get halfOpen(): number {
    return this.#halfOpen.size;
  }

  /** Opens the ports. Throws `gateway.cannot_listen` or `gateway.tls_file_unreadable`, with nothing left open. */
  async listen(): Promise<PileUrls> {
    const { port, tls } = this.#limits;
    const { host } = this.#gateway.settings;
    this.#halfOpen.start();
    try {
      const ykc = localUrl('tcp', host, await this.#open(createServer(), 'connection', port));
      if (tls === null) return { ykc };
      const handshakeTimeout = this.#limits.loginTimeoutSeconds * 1000;
      const server = createTlsServer({ ...(await readTlsOptions(tls)), handshakeTimeout });
      server.on('tlsClientError', (_, socket) => socket.destroy());
      return { ykc, ykcs: localUrl('tls', host, await this.#open(server, 'secureConnection', tls.port)) };
    } catch (error) {
      this.stopAccepting();
      this.stop();
      throw error;
    }
  }

  /** Closes the ports and everything that has not logged in. */
  stopAccepting(): void {
    for (const server of this.#servers) server.close();
    this.#halfOpen.stop();
  }

  /** What is still held is given up. */
  stop(): void {
    this.#halt.abort();
    this.#bursts.stop();
    for (const connection of this.#connections) connection.end('stopping', 'the gateway is stopping');
  }

  async #open(server: Server, event: 'connection' | 'secureConnection', port: number): Promise<number> {
    const { host } = this.#gateway.settings;
    server.on('connection', (socket: Socket) => this.#halfOpen.add(socket));
    server.on(event, (socket: Socket) => {
      if (socket.destroyed) return;
      const connection = new PileConnection(this.#gateway, this.#door, socket, plainAddress(socket.remoteAddress));
      this.#connections.add(connection);
    });
    const opened = await openStationPort(server, host, port, (err) => {
      this.#gateway.logger.error({ err }, 'the listener of piles reports an error');
    });
    this.#servers.push(server);
    return opened;
  }
}
