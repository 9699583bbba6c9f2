import { defineError } from '@voltpile/kernel/errors';
import { MAX_UNANSWERED_CALLS } from '@voltpile/ocpp/rpc/peer';
import type { OcppVersion } from '@voltpile/ocpp/rpc/types';

export interface GatewayTlsSettings {
  readonly port: number;
  /** PEM files. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Authority of the stations' certificates (security profile 3). Without it no client certificate is asked for. */
  readonly clientCaFile: string | null;
}

/** Limits that may differ from version to version. */
export type VersionLimits = Pick<GatewaySettings, 'maxFrameBytes' | 'maxMessagesPerSecond' | 'messageBurst'>;

/** Every limit of the gateway. Times in seconds may have fractions. */
export interface GatewaySettings {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly tls: GatewayTlsSettings | null;
  /**
   * Let stations without a key in on every address. When false they are let in only while the gateway listens on loopback and no
   * proxy is trusted (a proxy on the same machine would carry strangers to the loopback address).
   */
  readonly allowUnauthenticated: boolean;
  /** Addresses or CIDR ranges of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** A station that has been silent so long is pinged. */
  readonly pingIntervalSeconds: number;
  /** A station that has been silent so long is taken for dead. Longer for one that never answers pings, see `liveness.ts`. */
  readonly idleTimeoutSeconds: number;
  /** From the TCP connection to the 101 answer, TLS and admission included. */
  readonly handshakeTimeoutSeconds: number;
  readonly maxHeaderBytes: number;
  /**
   * One WebSocket message. 64 KiB cuts off real stations: StopTransaction.transactionData with a reading every 15 minutes over a
   * day, six values each with phase and signed data, passes 100 kB. 256 KiB leaves room and parses in about a millisecond.
   */
  readonly maxFrameBytes: number;
  /** What differs for one version: frame sizes and message rates. */
  readonly versions: Readonly<Partial<Record<OcppVersion, Partial<VersionLimits>>>>;
  /**
   * permessage-deflate for stations of 2.x that offer it (they may expect it: OCPP 2.0.1 Part 4 §3.1.2), and only for frames that gain by
   * it: compressing costs seven times the CPU of sending.
   */
  readonly compression: boolean;
  readonly maxConnections: number;
  /**
   * Sockets that have not logged in. Above the limit the oldest of them makes room: a station that sends its request at once gets
   * through, whoever else holds sockets open. About 10 kB each.
   */
  readonly maxHalfOpen: number;
  readonly maxHalfOpenPerAddress: number;
  /** Logins tried per second, over all stations; two seconds' worth may come at once. */
  readonly upgradesPerSecond: number;
  /** Per station. A message of more than 8 KiB counts as several. Above it the socket is not read for a moment; nothing is lost. */
  readonly maxMessagesPerSecond: number;
  readonly messageBurst: number;
  /** A station held back by the message rate for so long without a break is disconnected (1008). */
  readonly rateAbuseSeconds: number;
  /** Waiting messages of one station at which its socket is no longer read. What one read brought in may still come on top. */
  readonly maxQueuedMessages: number;
  readonly maxQueuedBytes: number;
  /** The same over all stations of the process. */
  readonly maxQueuedBytesTotal: number;
  /** Answers that a station does not take off its socket. Above it the connection is dropped. */
  readonly maxUnsentBytes: number;
  /** How long an answer is held while the domain is away, before the socket is closed without one (1013). */
  readonly holdReplySeconds: number;
}

export const DEFAULT_GATEWAY_SETTINGS: GatewaySettings = {
  host: '127.0.0.1',
  port: 9220,
  tls: null,
  allowUnauthenticated: false,
  trustedProxies: [],
  pingIntervalSeconds: 25,
  idleTimeoutSeconds: 75,
  handshakeTimeoutSeconds: 10,
  maxHeaderBytes: 8192,
  maxFrameBytes: 256 * 1024,
  versions: {},
  compression: true,
  maxConnections: 50_000,
  maxHalfOpen: 4000,
  maxHalfOpenPerAddress: 2000,
  upgradesPerSecond: 1000,
  maxMessagesPerSecond: 500,
  messageBurst: 1000,
  rateAbuseSeconds: 30,
  maxQueuedMessages: 100,
  maxQueuedBytes: 1024 * 1024,
  maxQueuedBytesTotal: 64 * 1024 * 1024,
  maxUnsentBytes: 1024 * 1024,
  holdReplySeconds: 20,
};

export const invalidGatewaySetting = defineError(
  'gateway.invalid_setting',
  'InvalidArgument',
  'The gateway setting {name} must be {expected}.',
);

const MAY_BE_ZERO: ReadonlySet<string> = new Set(['port']);

/** Fills in defaults and checks that every limit is a positive number. Throws `gateway.invalid_setting`. */
export function resolveGatewaySettings(given: Partial<GatewaySettings>): GatewaySettings {
  const settings = { ...DEFAULT_GATEWAY_SETTINGS, ...given };
  for (const [name, value] of Object.entries(settings)) {
    if (typeof DEFAULT_GATEWAY_SETTINGS[name as keyof GatewaySettings] !== 'number') continue;
    const fits =
      typeof value === 'number' && Number.isFinite(value) && (value > 0 || (value === 0 && MAY_BE_ZERO.has(name)));
    if (!fits) throw invalidGatewaySetting({ name, expected: 'a positive number' });
  }
  for (const [version, limits] of Object.entries(settings.versions)) {
    for (const [name, value] of Object.entries(limits)) {
      if (!(Number.isFinite(value) && value > 0)) {
        throw invalidGatewaySetting({ name: `versions.${version}.${name}`, expected: 'a positive number' });
      }
    }
  }
  if (settings.maxQueuedMessages >= MAX_UNANSWERED_CALLS) {
    // The RPC layer drops what comes beyond that; the queue has to stop reading before.
    throw invalidGatewaySetting({ name: 'maxQueuedMessages', expected: `less than ${MAX_UNANSWERED_CALLS}` });
  }
  if (settings.idleTimeoutSeconds <= settings.pingIntervalSeconds) {
    throw invalidGatewaySetting({ name: 'idleTimeoutSeconds', expected: 'longer than pingIntervalSeconds' });
  }
  return settings;
}

/** The limits of one version: its own, and the common ones for what it leaves open. */
export function limitsOf(settings: GatewaySettings, version: OcppVersion): VersionLimits {
  const { maxFrameBytes, maxMessagesPerSecond, messageBurst } = settings;
  return { maxFrameBytes, maxMessagesPerSecond, messageBurst, ...settings.versions[version] };
}
