import { connect, type NatsConnection, type Status } from '@nats-io/transport-node';
import { defineError } from '@voltpile/kernel/errors';
import type { Logger } from '../telemetry/logger.ts';
import { fromZero, type Metrics } from '../telemetry/metrics.ts';

export const cannotConnect = defineError(
  'nats.cannot_connect',
  'FailedPrecondition',
  'NATS cannot be reached at {servers}: {reason}. Check NATS_URL.',
);

/** Of the connection, as its client names them. */
const CHANGES: readonly Exclude<Status['type'], 'ping'>[] = [
  'disconnect',
  'reconnect',
  'reconnecting',
  'forceReconnect',
  'staleConnection',
  'slowConsumer',
  'update',
  'ldm',
  'error',
  'close',
];

export const messagesTooSmall = defineError(
  'nats.messages_too_small',
  'FailedPrecondition',
  'NATS takes messages of {bytes} bytes at most; {least} are needed, and 8 MB wanted. Set max_payload in its configuration.',
);

export interface BusOptions {
  /** `nats://host:4222`, several with commas between. May hold a user and a password: never logged. */
  readonly url: string;
  /** Names the connection in the broker's own lists. */
  readonly name: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The connection to the broker, with word of its ups and downs. */
export interface Bus extends AsyncDisposable {
  readonly connection: NatsConnection;
  readonly isConnected: boolean;
  /** The largest message that the broker takes. */
  readonly maxBytes: number;
  /** Told when the connection is lost: what was asked over it is not answered any more. @returns takes the listener away */
  onLost(listener: () => void): () => void;
  /** Sends what is to be sent, and closes. */
  close(): Promise<void>;
}

/** What a broker takes that is not told otherwise. */
const DEFAULT_BYTES = 1024 * 1024;
/** `max_payload: 8MB`, or 8M. */
const WANTED_BYTES = 8_000_000;
/** What a service tells of its methods is one message. */
const LEAST_BYTES = 512 * 1024;
const RECONNECT_WAIT_MS = 250;
const RECONNECT_JITTER_MS = 250;
/** A broker that does not answer two of these is gone. */
const PING_MS = 5000;

/**
 * Connects, and keeps connected: to whichever of the brokers can be reached. Without one at the start it fails, so that wrong settings are seen.
 *
 * @throws FailedPrecondition `nats.cannot_connect`, `nats.messages_too_small`
 */
export async function connectBus({ url, name, logger: parent, metrics }: BusOptions): Promise<Bus> {
  const logger = parent.child({ component: 'nats' });
  const servers = url.split(',').map((one) => one.trim());
  let connection: NatsConnection;
  try {
    connection = await connect({
      servers: servers.map(withoutCredentials),
      name,
      ...credentialsOf(servers[0] ?? ''),
      ...(servers.some((one) => one.startsWith('tls://')) ? { tls: {} } : {}),
      reconnect: true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_WAIT_MS,
      reconnectJitter: RECONNECT_JITTER_MS,
      pingInterval: PING_MS,
      maxPingOut: 2,
      noAsyncTraces: true,
    });
  } catch (error) {
    throw cannotConnect(
      { servers: servers.map(withoutCredentials).join(', '), reason: (error as Error).message },
      error,
    );
  }
  const maxBytes = (): number => connection.info?.max_payload ?? DEFAULT_BYTES;
  if (maxBytes() < LEAST_BYTES) {
    const told = maxBytes();
    await connection.close();
    throw messagesTooSmall({ bytes: told, least: LEAST_BYTES });
  }
  let told = WANTED_BYTES;
  /** Another broker may have other settings. */
  const compareSize = (): void => {
    const bytes = maxBytes();
    if (bytes < WANTED_BYTES && bytes !== told)
      logger.warn(
        { maxPayload: bytes, wanted: WANTED_BYTES },
        'NATS takes smaller messages than it should: larger calls are refused. Set max_payload to 8MB in its configuration',
      );
    told = bytes;
  };
  const lost = new Set<() => void>();
  const state = { isConnected: true };
  const changes = fromZero(
    metrics.counter('voltpile_nats_connection_changes_total', 'What became of the connection to NATS.', ['change']),
    { change: CHANGES },
  );
  metrics.gauge('voltpile_nats_connected', 'Whether there is a connection to NATS.', [], (gauge) =>
    gauge.set(state.isConnected ? 1 : 0),
  );
  const follow = (status: Status): void => {
    if (status.type === 'ping') return;
    changes.inc({ change: status.type });
    switch (status.type) {
      case 'disconnect':
      case 'staleConnection':
        state.isConnected = false;
        logger.warn({ change: status.type }, 'the connection to NATS is lost');
        for (const listener of lost) listener();
        return;
      case 'reconnect':
        state.isConnected = true;
        logger.info({ server: status.server }, 'connected to NATS again');
        compareSize();
        return;
      case 'error':
        logger.warn({ err: status.error }, 'NATS reports an error');
        return;
      default:
    }
  };
  const following = (async () => {
    for await (const status of connection.status()) follow(status);
  })();
  const close = async (): Promise<void> => {
    if (!connection.isClosed()) await connection.drain().catch(() => connection.close());
    await following;
    state.isConnected = false;
    for (const listener of lost) listener();
  };
  logger.info({ server: connection.getServer() }, 'connected to NATS');
  compareSize();
  return {
    connection,
    get isConnected() {
      return state.isConnected && !connection.isClosed();
    },
    get maxBytes() {
      return maxBytes();
    },
    onLost(listener) {
      lost.add(listener);
      return () => lost.delete(listener);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** `user:password@`, or `token@`. */
function credentialsOf(server: string): { user: string; pass: string } | { token: string } | undefined {
  const found = /^(?:[a-z]+:\/\/)?([^/@]*)@/.exec(server)?.[1];
  if (found === undefined) return undefined;
  const [first = '', pass] = found.split(':').map(decodeURIComponent);
  return pass === undefined ? { token: first } : { user: first, pass };
}

function withoutCredentials(server: string): string {
  return server.replace(/^([a-z]+:\/\/)?[^/@]*@/, '$1');
}
