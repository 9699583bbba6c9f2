import type { Socket } from 'node:net';
import type { StationCommand } from '@voltpile/csms/contract/commands';
import type { Epoch, StationKey } from '@voltpile/csms/contract/ids';
import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import type { RegistrationStatus } from '@voltpile/csms/contract/station-port';
import type { Instant } from '@voltpile/kernel/clock';
import { toVoltpileError, type VoltpileError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { RpcPeer } from '@voltpile/ocpp/rpc/peer';
import type { CallOutcome, CallReply, InboundCall, RpcProblem } from '@voltpile/ocpp/rpc/types';
import { withTrace } from '@voltpile/platform/telemetry/trace';
import type { StationSocket } from '../listeners/station-socket.ts';
import type { DisconnectReason } from '../metrics.ts';
import type { Conversation, OcppDialect } from '../protocols/dialect.ts';
import { limitsOf } from '../settings.ts';
import { type ClockObservations, clockOffsetMs, observeClock } from './clock-offset.ts';
import { commandExchange, messageExchange, oddExchange } from './exchanges.ts';
import { ExpectedMessages } from './expected-messages.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { GatewaySession } from './gateway-session.ts';
import { holdReply } from './hold-reply.ts';
import { checkLiveness, type LivenessState, silenceAllowedMs, type Watched } from './liveness.ts';
import { MessageTurn } from './message-turn.ts';
import type { BudgetWaiter } from './queue-budget.ts';

export interface SessionFacts {
  readonly station: StationKey;
  readonly epoch: Epoch;
  readonly identity: string;
  readonly lenient: boolean;
  readonly heartbeatIntervalSeconds: number;
  readonly registrationStatus: RegistrationStatus;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
}

/** Why the socket is not read, as bits. */
const RATE = 1;
const QUEUE = 2;
const PROCESS = 4;
const STOP = 8;

/** 1008: the station may not stay on this connection. 1000 would look like an ordinary end to whoever reads its log. */
const NOT_HERE = 1008;
const GOING_AWAY = 1001;
/** A message of more than this counts as several towards the rate. */
const BYTES_PER_TOKEN = 8192;
/** How long a connection that was asked to go may take for what it still has in hand. */
const LEAVE_MS = 5000;
/** Pauses for the rate that follow each other within this count as one stretch of abuse. */
const ABUSE_GAP_MS = 2000;
/** Messages handled without letting the event loop turn. */
const MESSAGES_PER_TURN = 32;
/** What a close frame has room for (RFC 6455 §5.5, less the code). */
const MAX_REASON_BYTES = 123;

const NONE: CallReply = { kind: 'none' };
const OUR_TROUBLE: CallReply = {
  kind: 'error',
  code: 'InternalError',
  description: 'The message could not be processed.',
};

/**
 * One authenticated connection of one station: its queue, its limits, its life.
 *
 * Messages are handled one at a time in the order of their arrival; our own calls go their own way. When too much is waiting, or
 * too much comes, the socket is not read until there is room: nothing is dropped. What was read in the same moment waits unparsed.
 *
 * Until the first message a session holds no queue and no RPC state: most stations of a large fleet are idle.
 */
export class StationSession implements GatewaySession, Watched, BudgetWaiter, LivenessState, Conversation {
  readonly gateway: GatewayContext;
  readonly dialect: OcppDialect;
  readonly station: StationKey;
  readonly epoch: Epoch;
  readonly identity: string;
  readonly lenient: boolean;
  heartbeatSeconds: number;
  registrationStatus: RegistrationStatus;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;

  heardAt: number;
  pingedAt = 0;
  pongs = false;

  readonly #socket: StationSocket;
  readonly #tcp: Socket;
  #bytesReadAtPing = 0;
  #peer: RpcPeer | null = null;
  /** The frame that is being read, for whoever finds something wrong with it. */
  #receiving: string | null = null;
  #clock: ClockObservations | null = null;
  #expected: ExpectedMessages | null = null;

  #turns: MessageTurn[] | null = null;
  #queuedBytes = 0;
  #draining = false;
  /** When the message under way was begun, by the watch's clock; 0 when there is none. */
  #handlingSince = 0;
  #hold: AbortController | null = null;

  #paused = 0;
  /** Frames that came with the read after which the socket was paused. */
  #backlog: string[] | null = null;
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #tokensAt: number;
  #rateTimer: NodeJS.Timeout | null = null;
  #abusedSince = 0;
  #abusedAt = 0;

  /** Asked to go: what still comes is handled, no new command is sent. */
  #leaving: { readonly code: number; readonly text: string; readonly since: number } | null = null;
  /** Ended by us without answers: nothing more is handled. */
  #deaf = false;
  #closed = false;
  #ended: { readonly reason: DisconnectReason; readonly text: string } | null = null;

  constructor(gateway: GatewayContext, socket: StationSocket, tcp: Socket, dialect: OcppDialect, facts: SessionFacts) {
    this.gateway = gateway;
    this.dialect = dialect;
    this.station = facts.station;
    this.epoch = facts.epoch;
    this.identity = facts.identity;
    this.lenient = facts.lenient;
    this.heartbeatSeconds = facts.heartbeatIntervalSeconds;
    this.registrationStatus = facts.registrationStatus;
    this.organizationId = facts.organizationId;
    this.siteId = facts.siteId;
    this.#socket = socket;
    this.#tcp = tcp;
    this.heardAt = gateway.watch.now;
    const { maxMessagesPerSecond, messageBurst } = limitsOf(gateway.settings, dialect.version);
    this.#rate = maxMessagesPerSecond;
    this.#burst = messageBurst;
    this.#tokens = messageBurst;
    this.#tokensAt = performance.now();
  }

  /** Takes the socket over, in the tick of its upgrade. The first ping tells early whether this station answers pings. */
  open(): void {
    this.#socket.attach(this);
    this.gateway.registry.add(this);
    this.gateway.watch.add(this);
    this.gateway.metrics.connected(this.dialect.version);
    this.gateway.logger.info(this.#facts(), 'station connected');
    this.#ping(this.gateway.watch.now);
  }

  get protocol(): string {
    return this.dialect.version;
  }

  get socket(): object {
    return this.#tcp;
  }

  /** Whether commands may be sent. */
  get usable(): boolean {
    return !this.#closed && !this.#deaf && this.#leaving === null;
  }

  get paused(): boolean {
    return this.#paused !== 0;
  }

  get clockOffsetMs(): number | null {
    return clockOffsetMs(this.#clock);
  }

  expect(what: string, seconds: number): void {
    this.#expected ??= new ExpectedMessages();
    this.#expected.add(what, performance.now() + seconds * 1000);
  }

  forget(what: string): void {
    this.#expected?.remove(what);
  }

  isExpected(what: string): boolean {
    return this.#expected?.has(what, performance.now()) ?? false;
  }

  observeClock(claimedAt: Instant, receivedAt: Instant): void {
    this.#clock = observeClock(this.#clock, claimedAt, receivedAt);
  }

  // ── what the socket tells ─────────────────────────────────────────────────────────────────────────────────────────────

  heardMessage(data: Buffer, isBinary: boolean): void {
    if (this.#deaf || (this.#paused & STOP) !== 0) return;
    this.heardAt = this.gateway.watch.now;
    if (isBinary) {
      this.#logOdd({ kind: 'binary', detail: `a binary frame of ${data.length} bytes` }, '');
      this.abort('binary', 1003, 'OCPP-J uses text frames');
      return;
    }
    const frame = data.toString();
    if (this.#paused !== 0) {
      this.#backlog ??= [];
      this.#backlog.push(frame);
      return;
    }
    this.#receive(frame);
  }

  heardPing(data: Buffer): void {
    if (this.#deaf) return;
    this.heardAt = this.gateway.watch.now;
    if (this.#socket.readyState === this.#socket.OPEN) {
      this.#socket.pong(data);
      this.#checkUnsent();
    }
    this.#spend(1, performance.now());
  }

  heardPong(): void {
    this.heardAt = this.gateway.watch.now;
    this.pongs = true;
    this.#spend(1, performance.now());
  }

  /** The socket reports an error; it closes by itself after that. */
  failed(error: Error & { code?: string }): void {
    const ofFrame = error.code?.startsWith('WS_ERR') === true;
    if (ofFrame) this.#logOdd({ kind: 'bad-frame', detail: error.message }, '');
    this.#end(
      ofFrame ? 'bad-frame' : 'lost',
      ofFrame ? `bad frame: ${error.message}` : `connection lost: ${error.code}`,
    );
  }

  closed(code: number): void {
    if (this.#closed) return;
    this.#closed = true;
    const { registry, watch, budget, reporter, metrics, logger } = this.gateway;
    if (code === 1006) this.#end('lost', 'connection lost');
    else this.#end('station', `closed by the station (${code})`);
    clearTimeout(this.#rateTimer ?? undefined);
    // While a message is under way the watch goes on, in case the domain never comes back from it.
    if (!this.#draining) watch.remove(this);
    budget.leave(this);
    registry.remove(this);
    this.#hold?.abort();
    this.#backlog = null;
    this.#peer?.close();
    const ended = this.#ended as { reason: DisconnectReason; text: string };
    metrics.disconnected(ended.reason);
    logger.info({ ...this.#facts(), code, reason: ended.text }, 'station disconnected');
    reporter.report(this.station, this.epoch, ended.text);
  }

  // ── what the gateway asks ─────────────────────────────────────────────────────────────────────────────────────────────

  execute(command: StationCommand, deadline: Instant): Promise<CommandOutcome> {
    return this.dialect.execute(command, (action, payload) => this.#call(action, payload, deadline), this);
  }

  /** Sends one CALL of ours. The deadline covers the wait behind other calls. */
  #call(action: string, payload: object, deadline: Instant): Promise<CallOutcome> {
    if (!this.usable) return Promise.resolve({ kind: 'closed', sent: false });
    const peer = this.#peerOf();
    const { exchanges, clock } = this.gateway;
    if (exchanges === undefined) return peer.call(action, payload, { deadline });
    const messageId = uuidv7();
    const requestedAt = clock.now();
    return peer.call(action, payload, { deadline, messageId }).then((outcome) => {
      const isSent = outcome.kind !== 'closed' || outcome.sent;
      if (isSent && exchanges.wants(this.identity, outcome.kind !== 'result')) {
        exchanges.record(commandExchange(this, { messageId, action, payload, requestedAt }, outcome, clock.now()));
      }
      return outcome;
    });
  }

  /**
   * Asks the station to go, after what it has sent is answered. Messages that come while it goes are handled, though there is no
   * way left to answer them.
   *
   * @param text shown to the station and told to the domain
   */
  leave(text: string, reason: DisconnectReason): void {
    this.#leave(NOT_HERE, text, reason);
  }

  stop(text: string): void {
    this.#pause(STOP);
    this.#backlog = null;
    this.#leave(GOING_AWAY, text, 'stopping');
  }

  #leave(code: number, text: string, reason: DisconnectReason): void {
    if (!this.usable) return;
    this.#leaving = { code, text, since: this.gateway.watch.now };
    this.#end(reason, text);
    this.#leaveWhenDone();
  }

  /** Closes at once, leaving everything unanswered, so that the station asks again on a new connection. */
  abort(reason: DisconnectReason, code: number, text: string): void {
    if (this.#closed || this.#deaf) return;
    this.#deaf = true;
    this.#end(reason, text);
    this.#backlog = null;
    this.#hold?.abort();
    this.#dropQueue();
    this.#closeSocket(code, text);
  }

  /** Drops the connection without a closing handshake. */
  terminate(reason: DisconnectReason, text: string): void {
    this.#end(reason, text);
    this.#socket.terminate();
  }

  tick(now: number): void {
    const { holdReplySeconds } = this.gateway.settings;
    if (this.#handlingSince !== 0 && now - this.#handlingSince > holdReplySeconds * 1000 + 1000) {
      // The domain has neither answered nor failed.
      this.#heldTooLong();
      return;
    }
    if (this.#closed) return;
    if (this.#leaving !== null && now - this.#leaving.since > LEAVE_MS) {
      // Not read any more if it was paused: the closing handshake then ends by its timeout.
      this.#socket.close(this.#leaving.code, fitReason(this.#leaving.text));
      return;
    }
    if (this.#paused !== 0) {
      this.heardAt = now;
      return;
    }
    const verdict = checkLiveness(this, now, this.gateway.livenessLimits);
    if (verdict === 'fine') return;
    if (verdict === 'ping') {
      this.#ping(now);
      return;
    }
    if (this.#tcp.bytesRead !== this.#bytesReadAtPing) {
      // A long message on a slow line: it is coming in.
      this.#bytesReadAtPing = this.#tcp.bytesRead;
      this.heardAt = now;
      return;
    }
    const silence = Math.round(silenceAllowedMs(this, this.gateway.livenessLimits) / 1000);
    this.terminate('idle', `nothing heard for ${silence} s`);
  }

  budgetFreed(): void {
    this.#resume(PROCESS);
  }

  // ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  #receive(frame: string): void {
    this.#spend(1 + Math.floor(frame.length / BYTES_PER_TOKEN), performance.now());
    if (this.#deaf) return;
    this.#receiving = frame;
    this.#peerOf().receive(frame);
    this.#receiving = null;
  }

  #peerOf(): RpcPeer {
    this.#peer ??= new RpcPeer({
      version: this.dialect.version,
      clock: this.gateway.clock,
      send: (frame) => this.#send(frame),
      onCall: (call) => this.#enqueue(call),
      onProblem: (problem) => this.#problem(problem),
    });
    return this.#peer;
  }

  #spend(tokens: number, now: number): void {
    const [rate, burst] = [this.#rate, this.#burst];
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#tokensAt) * rate) / 1000) - tokens;
    this.#tokensAt = now;
    if (this.#tokens >= 0 || this.#rateTimer !== null || this.#closed) return;
    this.#pause(RATE);
    // A tenth of the burst is regained before reading goes on, so that the pauses are few.
    const waitMs = ((burst / 10 - this.#tokens) / rate) * 1000;
    this.#rateTimer = setTimeout(rateRegained, waitMs, this);
    this.#noteAbuse(now, now + waitMs);
  }

  #noteAbuse(from: number, until: number): void {
    if (from - this.#abusedAt > ABUSE_GAP_MS) this.#abusedSince = from;
    this.#abusedAt = until;
    if (from - this.#abusedSince >= this.gateway.settings.rateAbuseSeconds * 1000) {
      this.abort('rate-abuse', 1008, 'too many messages');
    }
  }

  rateRegained(): void {
    this.#rateTimer = null;
    this.#resume(RATE);
  }

  #pause(why: number): void {
    if ((this.#paused & why) !== 0) return;
    if (this.#paused === 0) this.#socket.pause();
    this.#paused |= why;
    if (why !== STOP) this.gateway.metrics.paused(why === RATE ? 'rate' : why === QUEUE ? 'queue' : 'process');
  }

  #resume(why: number): void {
    if ((this.#paused & why) === 0) return;
    this.#paused &= ~why;
    while (this.#paused === 0 && this.#backlog !== null && !this.#closed) {
      const frame = this.#backlog.shift();
      if (this.#backlog.length === 0) this.#backlog = null;
      if (frame !== undefined) this.#receive(frame);
    }
    if (this.#paused !== 0 || this.#closed) return;
    this.heardAt = this.gateway.watch.now;
    this.#socket.resume();
    this.#leaveWhenDone();
  }

  #problem(problem: RpcProblem): void {
    this.gateway.metrics.problem(problem.kind);
    this.gateway.strangers.write('debug', { ...this.#facts(), ...problem }, 'odd frame');
    if (this.#receiving !== null) this.#logOdd(problem, this.#receiving);
  }

  #logOdd(problem: { readonly kind: string; readonly detail: string }, frame: string): void {
    const { exchanges, clock } = this.gateway;
    if (exchanges?.wants(this.identity, true) !== true) return;
    exchanges.record(oddExchange(this, problem, frame, clock.now()));
  }

  // ── the queue ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #enqueue(call: InboundCall): Promise<CallReply> {
    const { settings, budget, clock } = this.gateway;
    const turn = new MessageTurn(this, call, clock.now(), this.#tokensAt);
    this.#turns ??= [];
    this.#turns.push(turn);
    this.#queuedBytes += turn.bytes;
    budget.take(turn.bytes);
    if (this.#turns.length >= settings.maxQueuedMessages || this.#queuedBytes >= settings.maxQueuedBytes) {
      this.#pause(QUEUE);
    }
    if (budget.exceeded) {
      this.#pause(PROCESS);
      budget.wait(this);
    }
    if (!this.#draining) void this.#drain(this.#turns);
    return turn.answered;
  }

  async #drain(turns: MessageTurn[]): Promise<void> {
    this.#draining = true;
    let handled = 0;
    for (let turn = turns[0]; turn !== undefined; turn = turns[0]) {
      this.#handlingSince = this.gateway.watch.now;
      const reply = await withTrace(undefined, () => this.#handle(turn));
      // An abort has emptied the queue meanwhile, and answered for this one.
      if (turns[0] !== turn) break;
      turns.shift();
      this.#finish(turn, reply);
      if (turns.length <= this.gateway.settings.maxQueuedMessages / 2) this.#resumeQueue();
      handled += 1;
      if (handled % MESSAGES_PER_TURN === 0) await new Promise(setImmediate);
    }
    this.#handlingSince = 0;
    this.#draining = false;
    if (this.#closed) this.gateway.watch.remove(this);
    // The RPC layer writes the last answer in a microtask that is queued already.
    if (this.#leaving !== null) queueMicrotask(() => this.#leaveWhenDone());
  }

  #dropQueue(): void {
    for (const turn of this.#turns?.splice(0) ?? []) this.#finish(turn, NONE);
  }

  #resumeQueue(): void {
    if (this.#queuedBytes <= this.gateway.settings.maxQueuedBytes / 2) this.#resume(QUEUE);
  }

  #finish(turn: MessageTurn, reply: CallReply): void {
    this.#queuedBytes -= turn.bytes;
    this.gateway.budget.give(turn.bytes);
    this.gateway.metrics.handled(turn.call.action, reply, performance.now() - turn.arrivedAt);
    turn.answer(reply);
    const { exchanges } = this.gateway;
    const isOdd = reply.kind !== 'result' || turn.oddities.length > 0;
    if (exchanges?.wants(this.identity, isOdd) !== true) return;
    exchanges.record(messageExchange(this, turn, reply, performance.now() - turn.arrivedAt));
  }

  async #handle(turn: MessageTurn): Promise<CallReply> {
    try {
      return await this.dialect.handleCall(turn.call, turn);
    } catch (error) {
      return this.#trouble(turn, error);
    }
  }

  /** The domain could not take a message: hold the answer and try again, or, where no fact is at stake, say so. */
  async #trouble(turn: MessageTurn, error: unknown): Promise<CallReply> {
    const problem = toVoltpileError(error);
    const isTransaction = this.dialect.transactionActions.has(turn.call.action);
    if (!problem.retryable) this.#logTrouble(turn, problem, error);
    if (this.#deaf || this.#closed) return NONE;
    if (!problem.retryable && !isTransaction) return OUR_TROUBLE;
    this.#hold = new AbortController();
    const reply = await holdReply(
      error,
      () => {
        turn.attempt += 1;
        return this.dialect.handleCall(turn.call, turn);
      },
      {
        until: turn.arrivedAt + this.gateway.settings.holdReplySeconds * 1000,
        signal: this.#hold.signal,
        retryable: (next) => toVoltpileError(next).retryable,
      },
    );
    this.#hold = null;
    if (reply !== undefined) return reply;
    this.#heldTooLong();
    return NONE;
  }

  #heldTooLong(): void {
    this.#handlingSince = 0;
    if (this.#closed) {
      this.#dropQueue();
      this.gateway.watch.remove(this);
    }
    if (this.#closed || this.#deaf) return;
    this.gateway.strangers.write(
      'warn',
      this.#facts(),
      'the domain did not take a message in time: closing unanswered',
    );
    this.abort('held-too-long', 1013, 'try again later');
  }

  #logTrouble(turn: MessageTurn, problem: VoltpileError, error: unknown): void {
    const facts = { ...this.#facts(), action: turn.call.action, code: problem.code, err: error };
    this.gateway.strangers.write('error', facts, 'a message failed');
  }

  // ── writing and ending ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Throws when the socket is going: the RPC layer then knows that nothing was sent. */
  #send(frame: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) throw new Error('the socket is closing');
    this.#socket.send(frame);
    this.#checkUnsent();
  }

  #checkUnsent(): void {
    if (this.#socket.bufferedAmount > this.gateway.settings.maxUnsentBytes) {
      this.#deaf = true;
      this.terminate('not-reading', 'the station does not read its answers');
    }
  }

  #ping(now: number): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.pingedAt = now;
    this.#bytesReadAtPing = this.#tcp.bytesRead;
    this.#socket.ping();
  }

  #leaveWhenDone(): void {
    if (this.#leaving === null || this.#closed || this.#deaf || this.#draining) return;
    if (this.#backlog !== null || (this.#paused & ~STOP) !== 0) return;
    this.#closeSocket(this.#leaving.code, this.#leaving.text);
  }

  #closeSocket(code: number, text: string): void {
    // A paused socket would never see the station's half of the closing handshake.
    if (this.#paused !== 0) this.#socket.resume();
    this.#socket.close(code, fitReason(text));
  }

  /** The first reason is the true one. */
  #end(reason: DisconnectReason, text: string): void {
    this.#ended ??= { reason, text };
  }

  #facts(): { station: StationKey; identity: string; epoch: Epoch } {
    return { station: this.station, identity: this.identity, epoch: this.epoch };
  }
}

function rateRegained(session: StationSession): void {
  session.rateRegained();
}

/** Cuts a text to what a close frame can carry, between characters. */
export function fitReason(text: string): string {
  let fitted = text;
  while (Buffer.byteLength(fitted) > MAX_REASON_BYTES) fitted = [...fitted].slice(0, -1).join('');
  return fitted;
}
