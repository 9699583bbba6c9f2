import { TLSSocket } from 'node:tls';
import type { BurstGate } from '../connections/burst-gate.ts';
import type { GatewayContext } from '../connections/gateway-context.ts';
import type { DoorAnswer, DoorRefusal, PileConnection, PileDoorkeeper } from '../connections/pile-connection.ts';
import type { PileSession } from '../connections/pile-session.ts';
import { TokenBucket } from '../connections/token-bucket.ts';
import type { PileSettings } from '../pile-settings.ts';
import type { PileFamily, PileFrame } from '../protocols/pile-family.ts';
import { certificateNames } from './client-certificate.ts';
import { LoginBuckets } from './login-buckets.ts';

const HOUR_MS = 3_600_000;
/** Logins of one pile that follow each other within a moment count once in so many seconds. */
const SECONDS_PER_LOGIN = 10;
const ADDRESS_BURST_SECONDS = 10;
/** Cards and cars that one pile may ask about: so many at once, then one in so many seconds. They are not to be tried out. */
const TOKENS_AT_ONCE = 10;
const SECONDS_PER_TOKEN = 5;

export interface PileDoorOptions {
  readonly gateway: GatewayContext;
  readonly families: readonly PileFamily[];
  limits: PileSettings;
  readonly bursts: BurstGate;
  readonly halt: AbortSignal;
  readonly nodeId: string;
  readonly unauthenticatedAllowed: boolean;
  /** Told of connections: a login is being decided, was granted, or all is over. */
  readonly onDeciding: (connection: PileConnection) => void;
  readonly onLoggedIn: (connection: PileConnection) => void;
  readonly onGone: (connection: PileConnection) => void;
}

/**
 * Decides who is let in. Most protocols of piles prove nothing: whoever knows a number is that pile. So a pile that is connected already is
 * asked first whether it is still there, and keeps its place when it answers; numbers are not tried out at speed, from one address or for one
 * pile; and the domain knows which numbers exist.
 */
export class PileDoor implements PileDoorkeeper {
  readonly families: readonly PileFamily[];
  limits: PileSettings;
  readonly bursts: BurstGate;
  readonly halt: AbortSignal;
  readonly #options: PileDoorOptions;
  readonly #sessions = new Map<string, PileSession>();
  /** What sessions have in hand whose connection is gone, by pile. */
  readonly #left = new Map<string, Promise<void>>();
  readonly #addresses: LoginBuckets;
  readonly #piles: LoginBuckets;
  readonly #takeovers: LoginBuckets;
  /** Unreadable logins that leave a trace; apart from the good ones, which they must not delay. */
  readonly #unreadable: LoginBuckets;
  /** Kept here and not with the connection, which a pile can make anew. */
  readonly #tokenTries: LoginBuckets;
  readonly #all: TokenBucket;

  constructor(options: PileDoorOptions) {
    const { gateway, limits } = options;
    this.#options = options;
    this.families = options.families;
    this.limits = limits;
    this.bursts = options.bursts;
    this.halt = options.halt;
    const perSecond = limits.loginsPerAddressPerSecond;
    this.#addresses = new LoginBuckets(perSecond, perSecond * ADDRESS_BURST_SECONDS);
    this.#piles = new LoginBuckets(1 / SECONDS_PER_LOGIN, limits.loginsPerPile);
    this.#takeovers = new LoginBuckets((limits.takeoversPerHour * 1000) / HOUR_MS, limits.takeoversPerHour);
    this.#unreadable = new LoginBuckets(1 / SECONDS_PER_LOGIN, limits.loginsPerPile);
    this.#tokenTries = new LoginBuckets(1 / SECONDS_PER_TOKEN, TOKENS_AT_ONCE);
    const { upgradesPerSecond } = gateway.settings;
    this.#all = new TokenBucket(upgradesPerSecond, upgradesPerSecond * 2, performance.now());
  }

  /** Takes the limits that are read where they are used, and the rate of all logins. */
  settingsChanged(limits: PileSettings): void {
    this.limits = limits;
    const { upgradesPerSecond } = this.#options.gateway.settings;
    this.#all.setRate(upgradesPerSecond, upgradesPerSecond * 2);
  }

  async admit(connection: PileConnection, family: PileFamily, login: PileFrame): Promise<DoorAnswer> {
    const { gateway, nodeId, unauthenticatedAllowed } = this.#options;
    const identity = login.identity ?? '';
    this.#options.onDeciding(connection);
    const now = performance.now();
    if (!this.#all.tryTake(now) || !this.#addresses.tryTake(connection.address, now)) return refused('rate', false);
    if (!this.#piles.tryTake(identity, now)) return refused('rate', false);
    if (gateway.registry.all.size >= gateway.settings.maxConnections) return refused('full', false);

    const other = this.#sessions.get(identity);
    const takeover = other === undefined ? 'none' : await this.#mayTakeOver(other, connection, login);
    if (takeover === 'refused') return refused('connected-elsewhere', true);
    const decision = await gateway.port.admit({
      identity,
      passwordBase64: null,
      certificateVerified: certificateNames(connection.socket, identity),
      unauthenticatedAllowed,
      remoteAddress: connection.address,
      encrypted: connection.socket instanceof TLSSocket,
      protocol: family.version,
      capabilities: family.capabilities,
      nodeId,
    });
    if (decision.outcome !== 'admitted') {
      const reason = decision.outcome === 'protocol-required' ? 'bad-request' : decision.outcome;
      return refused(reason, decision.outcome !== 'throttled');
    }
    const { station, epoch, registrationStatus, organizationId, siteId, timeZone, iccid = null } = decision;
    return {
      kind: 'admitted',
      facts: { station, epoch, identity, registrationStatus, organizationId, siteId, timeZone, iccid },
    };
  }

  /**
   * Leaves no trace but on the pile whose number it bears, where that is connected: the domain has not been asked who it is. It counts for its
   * address alone, not for the pile.
   */
  refuseUnreadable(connection: PileConnection, login: PileFrame, problem: string): DoorRefusal {
    const now = performance.now();
    const identity = login.identity ?? '';
    if (!this.#addresses.tryTake(connection.address, now)) return refused('rate', false);
    const connected = this.#sessions.get(identity);
    if (connected !== undefined && this.#unreadable.tryTake(identity, now)) {
      connected.reportSecurityEvent('UnreadableLogin', `refused from ${connection.address}: ${problem}`, login);
    }
    return refused('bad-request', true);
  }

  mayTryToken({ identity }: PileSession): boolean {
    return this.#tokenTries.tryTake(identity, performance.now());
  }

  entered(session: PileSession): void {
    const { identity } = session;
    const earlier = this.#sessions.get(identity)?.rest ?? this.#left.get(identity);
    if (earlier !== undefined) session.follow(earlier);
    this.#sessions.set(identity, session);
    this.#options.onLoggedIn(session.connection);
  }

  left(session: PileSession): void {
    const { identity, rest } = session;
    if (this.#sessions.get(identity) === session) this.#sessions.delete(identity);
    if (rest === null) return;
    this.#left.set(identity, rest);
    void rest.then(() => {
      if (this.#left.get(identity) === rest) this.#left.delete(identity);
    });
  }

  gone(connection: PileConnection): void {
    this.#options.onGone(connection);
  }

  /** Whether a login may take the place of a connection of the same pile. Every one that does, or wants to, leaves a trace. */
  async #mayTakeOver(other: PileSession, connection: PileConnection, login: PileFrame): Promise<'granted' | 'refused'> {
    const { freshSeconds, probeSeconds } = this.limits;
    const isFresh = other.ticks - other.heardAt < freshSeconds * 1000;
    if (isFresh && other.usable) {
      const answer = other.heardWithin(probeSeconds * 1000);
      other.dialog.probe();
      if (await answer) {
        other.reportSecurityEvent('SecondLogin', `refused from ${connection.address}: the pile is connected`, login);
        return 'refused';
      }
    }
    if (!this.#takeovers.tryTake(other.identity, performance.now())) {
      other.reportSecurityEvent('TooManyTakeovers', `refused from ${connection.address}`, login);
      return 'refused';
    }
    const charging = other.dialog.isCharging ? ', while it charges' : '';
    other.reportSecurityEvent('ConnectionTakenOver', `from ${connection.address}${charging}`, login);
    return 'granted';
  }
}

function refused(reason: DoorRefusal['reason'], isTold: boolean): DoorRefusal {
  return { kind: 'refused', reason, isTold };
}
