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

const RECONNECT_WAIT_MS = 250;
const RECONNECT_JITTER_MS = 250;
/** A broker that does not answer two of these is gone. */
const PING_MS = 5000;

/**
 * Connects, and keeps connected: to whichever of the brokers can be reached. Without one at the start it fails, so that wrong settings are seen.
 *
 * @throws FailedPrecondition `nats.cannot_connect`
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
        return;
      case 'slowConsumer':
        logger.warn({ pending: status.pending }, 'messages from NATS pile up');
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
  return {
    connection,
    get isConnected() {
      return state.isConnected && !connection.isClosed();
    },
    get maxBytes() {
      return connection.info?.max_payload ?? 1024 * 1024;
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
