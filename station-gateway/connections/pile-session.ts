import type { StationCommand } from '@voltpile/csms/contract/commands';
import type { Epoch, StationKey } from '@voltpile/csms/contract/ids';
import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import type { MessageOrigin, RegistrationStatus, StationPort } from '@voltpile/csms/contract/station-port';
import { type Clock, type Instant, instant } from '@voltpile/kernel/clock';
import { toVoltpileError } from '@voltpile/kernel/errors';
import type { Uuid } from '@voltpile/kernel/ids';
import { withTrace } from '@voltpile/platform/telemetry/trace';
import type { DisconnectReason } from '../metrics.ts';
import type { PileDialog, PileFamily, PileFrame, PileLink, SentCommand } from '../protocols/pile-family.ts';
import { type ClockObservations, clockOffsetMs, observeClock } from './clock-offset.ts';
import type { GatewaySession } from './gateway-session.ts';
import { holdReply } from './hold-reply.ts';
import type { PileConnection } from './pile-connection.ts';
import { QueuedFrame } from './queued-frame.ts';

export interface PileFacts {
  readonly station: StationKey;
  readonly epoch: Epoch;
  readonly identity: string;
  readonly registrationStatus: RegistrationStatus;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly timeZone: string;
  readonly iccid: string | null;
}

/** How long a session that was asked to go may take for what it still has in hand. */
const LEAVE_MS = 5000;
/** Tries that are under way when the time is over may end by themselves. */
const OVERTIME_MS = 1000;
/** Frames that come at once are told apart by so many milliseconds at most. */
const MAX_AHEAD_MS = 1000;
/** Frames handled without letting the event loop turn. */
const FRAMES_PER_TURN = 32;

/**
 * One pile that is logged in on a connection that it may share with others: its queue and its life. Frames are handled one at a time in the
 * order of their arrival, apart from those that say only that the pile is alive or that answer us. What is in hand when the connection goes is
 * handled all the same, as long as it was only told.
 */
export class PileSession implements GatewaySession, PileLink {
  readonly connection: PileConnection;
  readonly family: PileFamily;
  readonly station: StationKey;
  readonly epoch: Epoch;
  readonly identity: string;
  readonly registrationStatus: RegistrationStatus;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly timeZone: string;
  readonly iccid: string | null;
  readonly dialog: PileDialog;
  /** By the watch's clock. */
  heardAt: number;
  readonly #queue: QueuedFrame[] = [];
  #clock: ClockObservations | null = null;
  #draining = false;
  /** What an earlier connection of the pile still has in hand. */
  #earlier: Promise<void> | null = null;
  #rest: Promise<void> | null = null;
  #lastReceipt = instant(0);
  #hold: AbortController | null = null;
  #leaving: { readonly since: number } | null = null;
  #closed = false;
  #ended: { readonly reason: DisconnectReason; readonly text: string } | null = null;
  #listeners: (() => void)[] = [];

  constructor(connection: PileConnection, family: PileFamily, facts: PileFacts, login: PileFrame) {
    this.connection = connection;
    this.family = family;
    this.station = facts.station;
    this.epoch = facts.epoch;
    this.identity = facts.identity;
    this.registrationStatus = facts.registrationStatus;
    this.organizationId = facts.organizationId;
    this.siteId = facts.siteId;
    this.timeZone = facts.timeZone;
    this.iccid = facts.iccid;
    this.heardAt = connection.gateway.watch.now;
    this.dialog = family.open(this, login, connection.stream);
  }

  open(): void {
    const { registry, metrics, logger } = this.connection.gateway;
    registry.add(this);
    metrics.connected(this.protocol);
    logger.info({ ...this.#facts(), remoteAddress: this.connection.address }, 'pile connected');
  }

  get protocol(): string {
    return this.family.version;
  }

  get usable(): boolean {
    return !this.#closed && this.#leaving === null && this.connection.isOpen;
  }

  get socket(): object {
    return this.connection.socket;
  }

  get paused(): boolean {
    return this.connection.paused;
  }

  get port(): StationPort {
    return this.connection.gateway.port;
  }

  get clock(): Clock {
    return this.connection.gateway.clock;
  }

  get ticks(): number {
    return this.connection.gateway.watch.now;
  }

  /** Waiting frames. */
  get queued(): number {
    return this.#queue.length;
  }

  /** Settles when everything that has come so far is handled; null: it is. */
  get rest(): Promise<void> | null {
    return this.#rest ?? this.#earlier;
  }

  /** Nothing but the login is handled before that: what a pile said on its last connection it said before. */
  follow(earlier: Promise<void>): void {
    this.#earlier = earlier;
  }

  // ── what the pile sends ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes a frame of this pile, in the order of arrival. */
  receive(frame: PileFrame): void {
    if (this.#closed) return;
    this.heardAt = this.connection.gateway.watch.now;
    for (const listener of this.#listeners.splice(0)) listener();
    const turn = new QueuedFrame(this, frame, this.#momentOfReceipt(), performance.now());
    if (frame.kind === 'prompt') {
      void this.#handleAtOnce(turn);
      return;
    }
    if (this.#queue.length >= this.connection.limits.maxQueuedFrames) this.#makeRoom();
    this.#queue.push(turn);
    this.connection.gateway.budget.take(frame.bytes.length);
    if (!this.#draining) this.#rest = this.#drain();
  }

  /**
   * The time of receipt stands for a time that most frames do not tell: what comes in one piece must not be taken for one moment, in which a meter
   * cannot have two values.
   */
  #momentOfReceipt(): Instant {
    const now = this.clock.now();
    this.#lastReceipt = instant(Math.max(now, Math.min(this.#lastReceipt + 1, now + MAX_AHEAD_MS)));
    return this.#lastReceipt;
  }

  /** Whether a frame comes within the time. */
  heardWithin(milliseconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), milliseconds);
      timer.unref();
      this.#listeners.push(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  /** A whole read may bring more than there is room for: what the next frame says again goes first. */
  #makeRoom(): void {
    const waiting = this.#queue.slice(1);
    const victim =
      waiting.find(({ frame }) => frame.kind === 'passing') ?? waiting.find(({ frame }) => frame.kind === 'told');
    if (victim === undefined) return;
    this.#queue.splice(this.#queue.indexOf(victim), 1);
    this.#finish(victim, 'dropped');
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    let handled = 0;
    for (let turn = this.#queue[0]; turn !== undefined; turn = this.#queue[0]) {
      if (turn.frame.kind !== 'login' && this.#earlier !== null) await this.#earlier;
      const outcome = await withTrace(undefined, () => this.#handle(turn));
      if (this.#queue[0] === turn) this.#queue.shift();
      this.#finish(turn, outcome);
      handled += 1;
      if (handled % FRAMES_PER_TURN === 0) await new Promise(setImmediate);
    }
    this.#draining = false;
    this.#rest = null;
    this.connection.drained();
    this.#goWhenDone();
  }

  async #handleAtOnce(turn: QueuedFrame): Promise<void> {
    this.connection.gateway.budget.take(turn.frame.bytes.length);
    try {
      await this.dialog.handle(turn);
      this.#finish(turn, 'handled');
    } catch (error) {
      // Nothing is lost with it: it comes again in a moment.
      this.#logTrouble(turn, error);
      this.#finish(turn, 'failed');
    }
  }

  async #handle(turn: QueuedFrame): Promise<FrameOutcome> {
    const isTold = turn.frame.kind === 'told' || turn.frame.kind === 'passing';
    if (this.#closed && !isTold && turn.frame.kind !== 'asked') return 'dropped';
    if (isTold) await this.connection.bursts.pass(turn.arrivedAt);
    try {
      await this.dialog.handle(turn);
      return 'handled';
    } catch (error) {
      return this.#trouble(turn, error, isTold);
    }
  }

  /** The domain could not take a frame: try again, for as long as somebody waits, or for as long as it may be kept. */
  async #trouble(turn: QueuedFrame, error: unknown, isTold: boolean): Promise<FrameOutcome> {
    if (!toVoltpileError(error).retryable) {
      this.#logTrouble(turn, error);
      return 'failed';
    }
    if (this.#closed && !isTold) return 'failed';
    const { gateway, limits } = this.connection;
    const seconds = isTold ? limits.keepToldSeconds : gateway.settings.holdReplySeconds;
    this.#hold = new AbortController();
    const held = await holdReply(
      error,
      async () => {
        turn.attempt += 1;
        await this.dialog.handle(turn);
        return 'handled' as const;
      },
      {
        until: turn.arrivedAt + seconds * 1000,
        signal: isTold ? this.connection.halt : this.#hold.signal,
        retryable: (next) => toVoltpileError(next).retryable,
      },
    );
    this.#hold = null;
    if (held !== undefined) return held;
    if (!isTold) this.#heldTooLong();
    return 'failed';
  }

  /** The pile repeats on its next connection what it got no answer to. */
  #heldTooLong(): void {
    if (this.#closed) return;
    const { gateway } = this.connection;
    gateway.strangers.write('warn', this.#facts(), 'the domain did not take a frame in time: closing unanswered');
    this.connection.end('held-too-long', 'the domain did not take a frame in time');
  }

  #finish(turn: QueuedFrame, outcome: FrameOutcome): void {
    const { gateway } = this.connection;
    gateway.budget.give(turn.frame.bytes.length);
    const milliseconds = performance.now() - turn.arrivedAt;
    gateway.metrics.frameHandled(turn.frame.name, outcome, milliseconds);
    turn.log(outcome, milliseconds);
  }

  #logTrouble(turn: QueuedFrame, error: unknown): void {
    const { code } = toVoltpileError(error);
    this.connection.gateway.strangers.write(
      'error',
      { ...this.#facts(), frame: turn.frame.name, code, err: error },
      'a frame failed',
    );
  }

  // ── what the dialog asks ──────────────────────────────────────────────────────────────────────────────────────────────

  send(_name: string, bytes: Buffer): boolean {
    return !this.#closed && this.connection.write(bytes);
  }

  warn(facts: object, text: string): void {
    this.connection.gateway.strangers.write('warn', { ...this.#facts(), ...facts }, text);
  }

  odd(problem: string, detail: string, frame: PileFrame): void {
    this.connection.noteOdd(problem, detail, frame.bytes, this);
  }

  mayTryToken(): boolean {
    return this.connection.mayTryToken(this);
  }

  log(command: SentCommand): void {
    const { exchanges } = this.connection.gateway;
    if (exchanges?.wants(this.identity, command.outcome !== 'result') !== true) return;
    const { station, identity, organizationId, siteId } = this;
    exchanges.record({
      station,
      identity,
      organizationId,
      siteId,
      protocol: this.protocol,
      direction: 'to-station',
      action: command.name,
      messageId: null,
      outcome: command.outcome,
      errorCode: null,
      requestedAt: command.requestedAt,
      latencyMs: command.answer === null ? null : this.clock.now() - command.requestedAt,
      request: this.family.show(command.bytes),
      response: command.answer === null ? null : this.family.show(command.answer),
      oddities: [],
    });
  }

  originOf(frame: PileFrame, receivedAt: Instant, oddities?: readonly string[]): MessageOrigin {
    const origin = {
      station: this.station,
      epoch: this.epoch,
      receivedAt,
      clockOffsetMs: clockOffsetMs(this.#clock),
      raw: this.family.show(frame.bytes),
      messageName: frame.name,
    };
    return oddities === undefined || oddities.length === 0 ? origin : { ...origin, oddities };
  }

  originOfSilence(): MessageOrigin {
    return {
      station: this.station,
      epoch: this.epoch,
      receivedAt: this.clock.now(),
      clockOffsetMs: null,
      raw: '',
      messageName: 'silence',
    };
  }

  observeClock(claimedAt: Instant, receivedAt: Instant): void {
    this.#clock = observeClock(this.#clock, claimedAt, receivedAt);
  }

  /** Told to the domain when it can; nobody waits for it. */
  reportSecurityEvent(type: string, techInfo: string, frame: PileFrame): void {
    const now = this.clock.now();
    this.port
      .securityEventReported({
        origin: this.originOf(frame, now),
        type,
        timestamp: { text: new Date(now).toISOString(), at: now },
        techInfo,
      })
      .catch((err: unknown) => this.warn({ err, type }, 'a security event could not be stored'));
    this.warn({ type, techInfo }, 'security event');
  }

  // ── what the gateway asks ─────────────────────────────────────────────────────────────────────────────────────────────

  execute(command: StationCommand, deadline: Instant): Promise<CommandOutcome> {
    return this.dialog.execute(command, deadline);
  }

  leave(text: string, reason: DisconnectReason): void {
    if (!this.usable) return;
    this.#leaving = { since: this.ticks };
    this.#ended ??= { reason, text };
    this.#goWhenDone();
  }

  stop(text: string): void {
    this.connection.stopReading();
    this.leave(text, 'stopping');
  }

  terminate(reason: DisconnectReason, text: string): void {
    this.#ended ??= { reason, text };
    this.connection.dismiss(this, true);
  }

  tick(now: number): void {
    if (this.#closed) return;
    if (this.#leaving !== null && now - this.#leaving.since > LEAVE_MS) {
      this.connection.dismiss(this, true);
      return;
    }
    // The domain has neither answered nor failed, be it this frame or one before it.
    const patienceMs = this.connection.gateway.settings.holdReplySeconds * 1000 + OVERTIME_MS;
    const oldest = this.#queue.find(({ frame }) => frame.kind !== 'told' && frame.kind !== 'passing');
    if (oldest !== undefined && performance.now() - oldest.arrivedAt > patienceMs) {
      this.#heldTooLong();
      return;
    }
    this.dialog.tick();
  }

  /** The connection is gone, or goes on without this pile. */
  closed(reason: DisconnectReason, text: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ended ??= { reason, text };
    const { registry, reporter, metrics, logger } = this.connection.gateway;
    registry.remove(this);
    this.#hold?.abort();
    this.dialog.closed();
    this.#listeners = [];
    metrics.disconnected(this.#ended.reason);
    logger.info({ ...this.#facts(), reason: this.#ended.text }, 'pile disconnected');
    reporter.report(this.station, this.epoch, this.#ended.text);
  }

  #goWhenDone(): void {
    if (this.#leaving === null || this.#draining || this.#closed) return;
    this.connection.dismiss(this, false);
  }

  #facts(): { station: StationKey; identity: string; epoch: Epoch } {
    return { station: this.station, identity: this.identity, epoch: this.epoch };
  }
}

/** `dropped`: there was no room, or nobody left to answer. `failed`: the domain would not or could not take it. */
export type FrameOutcome = 'handled' | 'dropped' | 'failed';
