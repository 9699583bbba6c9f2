import { type GatewayTlsSettings, invalidGatewaySetting } from './settings.ts';

/** Limits of connections that carry a stream of frames in place of a WebSocket. Times in seconds may have fractions. */
export interface PileSettings {
  /** 0 lets the system choose. */
  readonly port: number;
  readonly tls: GatewayTlsSettings | null;
  /** Let piles in on every address: most of their protocols have nothing that proves who they are. When false, on loopback only. */
  readonly allowUnauthenticated: boolean;
  /** From the TCP connection to the login. */
  readonly loginTimeoutSeconds: number;
  /** From the first byte of a frame to its last. */
  readonly partialFrameSeconds: number;
  /** A connection that has been silent so long is taken for dead. */
  readonly idleTimeoutSeconds: number;
  /** Sockets that have not logged in: above it the oldest makes room. */
  readonly maxHalfOpen: number;
  readonly maxHalfOpenPerAddress: number;
  /** Logins of one address per second; ten seconds' worth may come at once. */
  readonly loginsPerAddressPerSecond: number;
  /** Logins of one pile: so many in a row, then one every ten seconds. */
  readonly loginsPerPile: number;
  /** Piles that share one connection. */
  readonly maxPilesPerConnection: number;
  /** Above it the socket is not read for a moment; nothing is lost. Ten seconds' worth may come at once. */
  readonly framesPerGunPerSecond: number;
  /** Waiting frames of one pile at which its connection is no longer read. */
  readonly maxQueuedFrames: number;
  readonly maxUnsentBytes: number;
  /** Bytes that belong to no frame, and broken frames in a row, after which a connection is closed. */
  readonly maxGarbageBytes: number;
  readonly maxBadFrames: number;
  /** Frames in a row of piles that are not logged in on the connection, after which it is closed. */
  readonly maxForeignFrames: number;
  /** A pile whose other connection was heard so recently is asked there before that is given up. */
  readonly freshSeconds: number;
  readonly probeSeconds: number;
  readonly takeoversPerHour: number;
  /** How long frames that nothing answers are kept while the domain is away. */
  readonly keepToldSeconds: number;
  /** Frames that nothing answers wait so long at most for others to share a commit with. */
  readonly burstMs: number;
}

export const DEFAULT_PILE_SETTINGS: PileSettings = {
  port: 8768,
  tls: null,
  allowUnauthenticated: false,
  loginTimeoutSeconds: 15,
  partialFrameSeconds: 8,
  idleTimeoutSeconds: 75,
  maxHalfOpen: 2000,
  maxHalfOpenPerAddress: 500,
  loginsPerAddressPerSecond: 100,
  loginsPerPile: 6,
  maxPilesPerConnection: 64,
  framesPerGunPerSecond: 20,
  maxQueuedFrames: 200,
  maxUnsentBytes: 64 * 1024,
  maxGarbageBytes: 1024,
  maxBadFrames: 10,
  maxForeignFrames: 10,
  freshSeconds: 30,
  probeSeconds: 5,
  takeoversPerHour: 6,
  keepToldSeconds: 600,
  burstMs: 250,
};

/** Fills in defaults and checks that every limit is a positive number. Throws `gateway.invalid_setting`. */
export function resolvePileSettings(given: Partial<PileSettings>): PileSettings {
  const settings = { ...DEFAULT_PILE_SETTINGS, ...given };
  for (const [name, value] of Object.entries(settings)) {
    if (typeof DEFAULT_PILE_SETTINGS[name as keyof PileSettings] !== 'number') continue;
    const fits = typeof value === 'number' && Number.isFinite(value) && (value > 0 || (value === 0 && name === 'port'));
    if (!fits) throw invalidGatewaySetting({ name: `piles.${name}`, expected: 'a positive number' });
  }
  return settings;
}
