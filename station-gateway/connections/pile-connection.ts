import type { Socket } from 'node:net';
import { toVoltpileError } from '@voltpile/kernel/errors';
import type { DisconnectReason, RejectionReason } from '../metrics.ts';
import type { PileSettings } from '../pile-settings.ts';
import type { PileCut, PileFamily, PileFrame, PileStream } from '../protocols/pile-family.ts';
import type { BurstGate } from './burst-gate.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { Watched } from './liveness.ts';
import { type PileFacts, PileSession } from './pile-session.ts';
import type { BudgetWaiter } from './queue-budget.ts';

/** What the door says to a login. */
export type DoorAnswer = { readonly kind: 'admitted'; readonly facts: PileFacts } | DoorRefusal;

/** @property isTold whether the pile gets its refusal, or silence */
export interface DoorRefusal {
  readonly kind: 'refused';
  readonly reason: RejectionReason;
  readonly isTold: boolean;
}

/** What a connection needs of those who hold the door. */
export interface PileDoorkeeper {
  readonly families: readonly PileFamily[];
  readonly limits: PileSettings;
  readonly bursts: BurstGate;
  /** Aborted when the gateway stops. */
  readonly halt: AbortSignal;
  admit(connection: PileConnection, family: PileFamily, login: PileFrame): Promise<DoorAnswer>;
  /** A login cannot be read. @returns what its pile is told; nothing else has come of it */
  refuseUnreadable(connection: PileConnection, login: PileFrame, problem: string): DoorRefusal;
  /** Whether a pile may ask about one more card or car. */
  mayTryToken(session: PileSession): boolean;
  entered(session: PileSession): void;
  left(session: PileSession): void;
  gone(connection: PileConnection): void;
}

/** Why the socket is not read, as bits. */
const RATE = 1;
const QUEUE = 2;
const PROCESS = 4;
const STOP = 8;

/** Seconds' worth of frames that may come at once. */
const BURST_SECONDS = 10;
/**
 * A socket that is not read does not tell that its other side has gone. However much one read has brought, the next one is due then, and one read is all
 * that comes between two pauses.
 */
const MAX_RATE_PAUSE_MS = 5000;
/** Guns of one pile that count towards its rate, however many it says it has. */
const MAX_GUNS_COUNTED = 16;
/** Frames of a pile that come while its login is being decided. */
const MAX_EARLY_FRAMES = 32;
/** What must have been read to tell families apart. */
const MAX_PREFIX_BYTES = 2;
/** How long the other side may take to close as well. */
const END_MS = 5000;
/** Problems of one connection that are written out; the rest is only counted. */
const MAX_PROBLEMS_SHOWN = 20;

/**
 * One TCP connection, on which one pile talks, or several that share a concentrator. It knows bytes, time and limits; what frames mean its
 * family knows. When too much comes, or too much is waiting, it is not read until there is room.
 */
export class PileConnection implements Watched, BudgetWaiter {
  readonly gateway: GatewayContext;
  readonly address: string;
  readonly socket: Socket;
  readonly #door: PileDoorkeeper;
  #family: PileFamily | null = null;
  #stream: PileStream | null = null;
  #head: Buffer | null = null;
  readonly #sessions = new Map<string, PileSession>();
  /** Of all piles on it. */
  #guns = 0;
  /** Logins under way, with what came after them. */
  readonly #entering = new Map<string, PileFrame[]>();
  #heardAt: number;
  #partialSince = 0;
  #paused = 0;
  #tokens: number;
  #tokensAt: number;
  #rateTimer: NodeJS.Timeout | null = null;
  #foreignInARow = 0;
  #problems = 0;
  #isOver = false;
  /** Since when it is to close as soon as everything is written; 0: it is not. */
  #endingSince = 0;
  #end: { readonly reason: DisconnectReason; readonly text: string } | null = null;

  constructor(gateway: GatewayContext, door: PileDoorkeeper, socket: Socket, address: string) {
    this.gateway = gateway;
    this.#door = door;
    this.socket = socket;
    this.address = address;
    this.#heardAt = gateway.watch.now;
    this.#tokens = door.limits.framesPerGunPerSecond * BURST_SECONDS;
    this.#tokensAt = performance.now();
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error: Error & { code?: string }) => {
      this.#end ??= { reason: 'lost', text: `connection lost: ${error.code ?? error.message}` };
    });
    socket.on('close', () => this.#closed());
    socket.on('end', () => {
      this.#end ??= { reason: 'station', text: 'closed by the pile' };
      socket.end();
    });
    gateway.watch.add(this);
  }

  get isOpen(): boolean {
    return !this.#isOver && this.#endingSince === 0 && !this.socket.destroyed;
  }

  get paused(): boolean {
    return this.#paused !== 0;
  }

  get limits(): PileSettings {
    return this.#door.limits;
  }

  get bursts(): BurstGate {
    return this.#door.bursts;
  }

  get halt(): AbortSignal {
    return this.#door.halt;
  }

  /** Only when a family was recognised: whoever has a session has one. */
  get stream(): PileStream {
    if (this.#stream === null) throw new Error('nothing was read yet');
    return this.#stream;
  }

  mayTryToken(session: PileSession): boolean {
    return this.#door.mayTryToken(session);
  }

  get isLoggedIn(): boolean {
    return this.#sessions.size > 0;
  }

  // ── writing and ending ────────────────────────────────────────────────────────────────────────────────────────────────

  /** @returns false when it is not open */
  write(bytes: Buffer): boolean {
    if (!this.isOpen) return false;
    this.socket.write(bytes);
    if (this.socket.writableLength > this.limits.maxUnsentBytes) {
      this.end('not-reading', 'the pile does not read what it is sent');
    }
    return true;
  }

  /** Closes at once; the sessions end with it. */
  end(reason: DisconnectReason, text: string): void {
    this.#end ??= { reason, text };
    this.socket.destroy();
  }

  /** Goes on without a pile; without the last one it is closed. */
  dismiss(session: PileSession, isUrgent: boolean): void {
    if (this.#sessions.get(session.identity) === session) {
      this.#sessions.delete(session.identity);
      this.#guns -= gunsCounted(session);
    }
    this.#door.left(session);
    session.closed('requested', 'asked to go');
    if (this.#sessions.size > 0 || this.#entering.size > 0) return;
    this.#end ??= { reason: 'requested', text: 'asked to go' };
    if (isUrgent) this.socket.destroy();
    else this.#endWhenWritten();
  }

  /** Nothing new is read. */
  stopReading(): void {
    this.#pause(STOP);
  }

  #endWhenWritten(): void {
    this.#endingSince = this.gateway.watch.now;
    this.socket.end();
  }

  #closed(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { watch, budget } = this.gateway;
    watch.remove(this);
    budget.leave(this);
    clearTimeout(this.#rateTimer ?? undefined);
    this.#head = null;
    const { reason, text } = this.#end ?? { reason: 'lost', text: 'connection lost' };
    for (const session of this.#sessions.values()) {
      this.#door.left(session);
      session.closed(reason, text);
    }
    this.#sessions.clear();
    this.#entering.clear();
    this.#door.gone(this);
  }

  tick(now: number): void {
    const { partialFrameSeconds, idleTimeoutSeconds } = this.limits;
    if (this.#endingSince !== 0) {
      // The other side has gone without a word, or does not want to.
      if (now - this.#endingSince > END_MS) this.socket.destroy();
      return;
    }
    if (this.#paused !== 0) this.#heardAt = now;
    const isPartial = (this.#stream?.pendingBytes ?? this.#head?.length ?? 0) > 0;
    if (!isPartial || this.#paused !== 0) this.#partialSince = 0;
    else if (this.#partialSince === 0) this.#partialSince = now;
    else if (now - this.#partialSince > partialFrameSeconds * 1000) {
      this.#refuse('partial-frame', `a frame was not finished for ${partialFrameSeconds} s`);
      return;
    }
    if (now - this.#heardAt > idleTimeoutSeconds * 1000 && this.isLoggedIn) {
      this.end('idle', `nothing heard for ${idleTimeoutSeconds} s`);
      return;
    }
    for (const session of [...this.#sessions.values()]) session.tick(now);
  }

  // ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  #read(chunk: Buffer): void {
    if (!this.isOpen || (this.#paused & STOP) !== 0) return;
    const bytes = this.#head === null ? chunk : Buffer.concat([this.#head, chunk]);
    this.#head = null;
    if (this.#stream === null && !this.#recognise(bytes)) return;
    const stream = this.stream;
    for (const cut of stream.push(bytes)) {
      if (!this.isOpen) return;
      // What is begun behind it has begun now.
      this.#partialSince = 0;
      this.#take(cut);
    }
    this.#checkGarbage(stream);
    if (stream.pendingBytes === 0) this.#partialSince = 0;
  }

  /** The first bytes tell who speaks. False: not yet, or nobody that we know. */
  #recognise(bytes: Buffer): boolean {
    const family = this.#door.families.find(({ prefix }) => prefix.equals(bytes.subarray(0, prefix.length)));
    if (family !== undefined) {
      this.#family = family;
      this.#stream = family.stream();
      return true;
    }
    const mayBecome = this.#door.families.some(({ prefix }) => bytes.equals(prefix.subarray(0, bytes.length)));
    if (mayBecome && bytes.length < MAX_PREFIX_BYTES) {
      this.#head = Buffer.from(bytes);
      return false;
    }
    this.#refuse('unknown-family', `begins with ${bytes.toString('hex', 0, 8)}`);
    return false;
  }

  #take(cut: PileCut): void {
    this.#spend();
    if (cut.kind === 'odd') {
      this.noteOdd(cut.problem, cut.detail, cut.bytes, this.#onlySession());
      return;
    }
    const { frame } = cut;
    this.#heardAt = this.gateway.watch.now;
    const session = this.#sessionOf(frame);
    if (session !== undefined) {
      this.#foreignInARow = 0;
      session.receive(frame);
      this.#checkRoom(session);
      return;
    }
    const early = frame.identity === null ? undefined : this.#entering.get(frame.identity);
    if (early !== undefined) {
      if (frame.kind === 'login') return;
      if (early.length < MAX_EARLY_FRAMES) early.push(frame);
      else this.noteOdd('before-login', `too many frames while ${frame.identity} is being let in`, frame.bytes);
      return;
    }
    if (frame.kind === 'login' && frame.identity !== null) void this.#login(frame, frame.identity);
    else this.#foreign(frame);
  }

  #sessionOf({ identity, name }: PileFrame): PileSession | undefined {
    if (identity !== null) return this.#sessions.get(identity);
    if (this.#sessions.size === 1) return this.#onlySession();
    return [...this.#sessions.values()].find(({ dialog }) => dialog.expects(name));
  }

  #onlySession(): PileSession | undefined {
    return this.#sessions.size === 1 ? this.#sessions.values().next().value : undefined;
  }

  /** A frame of a pile that has not logged in here: before any login, or with somebody else's number. */
  #foreign(frame: PileFrame): void {
    const [session] = this.#sessions.values();
    const problem = session === undefined ? 'before-login' : 'foreign-pile';
    this.noteOdd(problem, `${frame.name} of pile ${frame.identity ?? 'without a number'}`, frame.bytes, session);
    if (this.#foreignInARow === 0) {
      session?.reportSecurityEvent(
        'ForeignPileNumber',
        `frames of pile ${frame.identity} came on its connection`,
        frame,
      );
    }
    this.#foreignInARow += 1;
    if (this.#foreignInARow >= this.limits.maxForeignFrames)
      this.#refuse(problem, 'frames of piles that are not logged in');
  }

  #checkGarbage({ garbageBytes, badInARow }: PileStream): void {
    const { maxGarbageBytes, maxBadFrames } = this.limits;
    if (garbageBytes > maxGarbageBytes) this.#refuse('garbage', `${garbageBytes} bytes that belong to no frame`);
    else if (badInARow >= maxBadFrames) this.#refuse('bad-frames', `${badInARow} broken frames in a row`);
  }

  /** Ends a connection that breaks the rules; who was never let in is a rejection, not an end. */
  #refuse(
    problem: 'garbage' | 'bad-frames' | 'partial-frame' | 'unknown-family' | 'before-login' | 'foreign-pile',
    detail: string,
  ): void {
    // The others were counted frame by frame.
    if (problem !== 'before-login' && problem !== 'foreign-pile') this.gateway.metrics.pileProblem(problem);
    if (!this.isLoggedIn) {
      this.gateway.metrics.rejected('bad-request');
      const facts = { remoteAddress: this.address, problem, detail };
      this.gateway.strangers.write('warn', facts, 'a connection was refused');
    }
    this.end('bad-frame', `${problem}: ${detail}`);
  }

  /** Counted, and shown in the log of messages where a pile is to be found behind it. */
  noteOdd(problem: string, detail: string, bytes: Buffer, session?: PileSession): void {
    this.gateway.metrics.pileProblem(problem);
    const facts = { remoteAddress: this.address, identity: session?.identity, problem, detail };
    this.#problems += 1;
    if (this.#problems > MAX_PROBLEMS_SHOWN) return;
    this.gateway.strangers.write('debug', facts, 'odd frame');
    const { exchanges, clock } = this.gateway;
    if (session === undefined || exchanges?.wants(session.identity, true) !== true) return;
    exchanges.record({
      station: session.station,
      identity: session.identity,
      organizationId: session.organizationId,
      siteId: session.siteId,
      protocol: session.protocol,
      direction: 'from-station',
      action: null,
      messageId: null,
      outcome: 'malformed',
      errorCode: problem,
      requestedAt: clock.now(),
      latencyMs: null,
      request: session.family.show(bytes),
      response: null,
      oddities: [detail],
    });
  }

  // ── logins ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #login(frame: PileFrame, identity: string): Promise<void> {
    const family = this.#family;
    if (family === null) return;
    if (this.#sessions.size + this.#entering.size >= this.limits.maxPilesPerConnection) {
      this.noteOdd('too-many-piles', `more than ${this.limits.maxPilesPerConnection} on one connection`, frame.bytes);
      this.#answerRefused(family, frame, true);
      return;
    }
    // Before anybody is asked, and before it takes a place among those who enter: a good login must find nothing in its way.
    const problem = family.problemOf(frame);
    if (problem !== null) {
      this.noteOdd('unreadable', `${frame.name}: ${problem}`, frame.bytes);
      const evidence = { problem, frame: family.show(frame.bytes) };
      this.#turnAway(family, frame, this.#door.refuseUnreadable(this, frame, problem), evidence);
      return;
    }
    const early: PileFrame[] = [];
    this.#entering.set(identity, early);
    let answer: DoorAnswer;
    try {
      answer = await this.#door.admit(this, family, frame);
    } catch (error) {
      const { code, retryable } = toVoltpileError(error);
      if (!retryable) this.gateway.strangers.write('error', { identity, code, err: error }, 'admission failed');
      // Unanswered: it asks again.
      answer = { kind: 'refused', reason: retryable ? 'unavailable' : 'failed', isTold: false };
    }
    this.#entering.delete(identity);
    if (answer.kind === 'refused') {
      this.#turnAway(family, frame, answer);
      return;
    }
    if (!this.isOpen || (this.#paused & STOP) !== 0) {
      const { station, epoch } = answer.facts;
      this.gateway.reporter.report(station, epoch, 'gone before it was let in');
      return;
    }
    const session = new PileSession(this, family, answer.facts, frame);
    this.#sessions.set(identity, session);
    this.#guns += gunsCounted(session);
    this.#door.entered(session);
    session.open();
    for (const each of [frame, ...early]) session.receive(each);
  }

  #turnAway(family: PileFamily, frame: PileFrame, { reason, isTold }: DoorRefusal, evidence: object = {}): void {
    this.gateway.metrics.rejected(reason);
    const facts = { identity: frame.identity, reason, remoteAddress: this.address, ...evidence };
    this.gateway.strangers.write('warn', facts, 'a pile was refused');
    this.#answerRefused(family, frame, isTold);
  }

  #answerRefused(family: PileFamily, frame: PileFrame, isTold: boolean): void {
    if (!this.isOpen) return;
    const refusal = isTold ? family.refuseLogin(frame, this.stream) : null;
    if (refusal !== null) this.write(refusal.bytes);
    if (this.#sessions.size > 0 || this.#entering.size > 0) return;
    this.#end ??= { reason: 'requested', text: 'not let in' };
    this.#endWhenWritten();
  }

  // ── how fast it is read ───────────────────────────────────────────────────────────────────────────────────────────────

  #spend(): void {
    const now = performance.now();
    const rate = this.limits.framesPerGunPerSecond * Math.max(1, this.#guns);
    const burst = rate * BURST_SECONDS;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#tokensAt) * rate) / 1000) - 1;
    this.#tokensAt = now;
    if (this.#tokens >= 0 || this.#rateTimer !== null || this.#isOver) return;
    this.#pause(RATE);
    // A tenth of the burst is regained before reading goes on, so that the pauses are few.
    const waitMs = Math.min(MAX_RATE_PAUSE_MS, ((burst / 10 - this.#tokens) / rate) * 1000);
    this.#rateTimer = setTimeout(() => {
      this.#rateTimer = null;
      this.#resume(RATE);
    }, waitMs);
    this.#rateTimer.unref();
  }

  #checkRoom(session: PileSession): void {
    if (session.queued >= this.limits.maxQueuedFrames) this.#pause(QUEUE);
    const { budget } = this.gateway;
    if (!budget.exceeded) return;
    this.#pause(PROCESS);
    budget.wait(this);
  }

  /** A pile's queue is empty. */
  drained(): void {
    this.#resume(QUEUE);
  }

  budgetFreed(): void {
    this.#resume(PROCESS);
  }

  #pause(why: number): void {
    if ((this.#paused & why) !== 0 || this.#isOver) return;
    if (this.#paused === 0) this.socket.pause();
    this.#paused |= why;
    if (why !== STOP) this.gateway.metrics.paused(why === RATE ? 'rate' : why === QUEUE ? 'queue' : 'process');
  }

  #resume(why: number): void {
    if ((this.#paused & why) === 0) return;
    this.#paused &= ~why;
    if (this.#paused === 0 && !this.#isOver) this.socket.resume();
  }
}

function gunsCounted({ dialog }: PileSession): number {
  return Math.min(MAX_GUNS_COUNTED, dialog.guns);
}
