import { type Clock, type Instant, systemClock } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import {
  encodeCall,
  encodeCallError,
  encodeCallResult,
  encodeCallResultError,
  type Frame,
  isProperMessageId,
  type MalformedFrame,
  type MessageId,
  parseFrame,
} from './frames.ts';
import type { CallOutcome, CallReply, InboundCall, OcppVersion, RpcProblem } from './types.ts';

export interface RpcPeerOptions {
  version: OcppVersion;
  /** Writes one text frame to the socket. */
  send: (frame: string) => void;
  /**
   * Answers an inbound CALL. The reply is sent when the promise resolves; CALLs that arrive meanwhile are passed on at once, so whoever
   * owns the socket keeps their order. Should not reject: a CALL whose handler failed stays without an answer.
   */
  onCall: (call: InboundCall) => Promise<CallReply>;
  /** Takes a SEND of OCPP 2.1, which is never answered. */
  onSend?: (message: InboundCall) => void;
  /** Told of everything odd that reached no handler. Must not throw. */
  onProblem?: (problem: RpcProblem) => void;
  clock?: Clock;
}

/** How many CALLs of ours may wait behind the one that is under way. */
export const MAX_QUEUED_CALLS = 64;
/** How many CALLs of the station may be without an answer at a time; a station that keeps to the protocol has one. */
export const MAX_UNANSWERED_CALLS = 1024;
/** Of how many calls that timed out we remember the id, to tell a late answer from a stray one. */
const MAX_REMEMBERED_TIMEOUTS = 32;
/** `setTimeout` fires at once for anything longer. */
const MAX_TIMER_MS = 2_147_483_647;

interface OwnCall {
  readonly messageId: string;
  readonly frame: string;
  readonly resolve: (outcome: CallOutcome) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Our side of one OCPP-J connection, over anything that carries text frames. Keeps both directions apart: one CALL of ours is under way
 * at a time and others wait, while CALLs of the station are taken whenever they come.
 */
export class RpcPeer {
  readonly #options: RpcPeerOptions;
  readonly #clock: Clock;
  readonly #unanswered = new Set<MessageId>();
  readonly #queue: OwnCall[] = [];
  readonly #timedOut: string[] = [];
  #underWay: OwnCall | null = null;
  #closed = false;

  constructor(options: RpcPeerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** How many CALLs of ours wait behind the one under way. */
  get queuedCalls(): number {
    return this.#queue.length;
  }

  /** Takes one text frame from the socket. Never throws. */
  receive(frame: string): void {
    if (this.#closed) return;
    const message = parseFrame(frame, this.#options.version);
    switch (message.type) {
      case 'call':
        this.#receiveCall(message, frame);
        return;
      case 'call-result':
      case 'call-error':
        this.#receiveAnswer(message);
        return;
      case 'send':
        this.#receiveSend(message, frame);
        return;
      case 'call-result-error':
        this.#report('invalid-result', `the station could not use our answer: ${message.code}`);
        return;
      case 'malformed':
        this.#receiveMalformed(message);
        return;
    }
  }

  /**
   * Sends a CALL, or queues it behind the one under way. Never rejects.
   *
   * @param options.deadline when to give up; the time in the queue counts
   * @param options.messageId at most 36 characters, unique on this connection; made here when absent
   * @returns `error` with code `InternalError` when {@link MAX_QUEUED_CALLS} are waiting already
   */
  call(action: string, payload: object, options: { deadline: Instant; messageId?: string }): Promise<CallOutcome> {
    if (this.#closed) return Promise.resolve({ kind: 'closed', sent: false });
    const waitMs = options.deadline - this.#clock.now();
    if (waitMs <= 0) return Promise.resolve({ kind: 'timeout' });
    if (this.#queue.length >= MAX_QUEUED_CALLS) {
      return Promise.resolve(
        ownError(`${MAX_QUEUED_CALLS} calls are waiting for this station already; try again later.`),
      );
    }
    const messageId = options.messageId ?? uuidv7();
    let frame: string;
    try {
      frame = encodeCall(messageId, action, payload);
    } catch {
      return Promise.resolve(ownError('The payload cannot be written as JSON.'));
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#expire(call), Math.min(waitMs, MAX_TIMER_MS));
      const call: OwnCall = { messageId, frame, resolve, timer };
      if (this.#underWay === null) this.#transmit(call);
      else this.#queue.push(call);
    });
  }

  /** Ends everything that is pending: our CALLs as `closed`; replies that are still being worked out are not sent any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const waiting = this.#queue.splice(0);
    const underWay = this.#underWay;
    this.#underWay = null;
    if (underWay !== null) settle(underWay, { kind: 'closed', sent: true });
    for (const call of waiting) settle(call, { kind: 'closed', sent: false });
    this.#unanswered.clear();
  }

  #receiveCall(message: Extract<Frame, { type: 'call' }>, frame: string): void {
    const { messageId } = message;
    if (!isProperMessageId(messageId)) {
      this.#report('bad-message-id', 'the message id is not a string of 1 to 36 characters; answered all the same');
    }
    if (this.#unanswered.has(messageId)) {
      // The station repeats itself while we still work on the first copy: one answer serves both.
      this.#report('duplicate-message-id', 'a CALL with the id of an unanswered one was dropped');
      return;
    }
    if (this.#unanswered.size >= MAX_UNANSWERED_CALLS) {
      this.#report('too-many-calls', `${MAX_UNANSWERED_CALLS} CALLs are unanswered; one more was dropped`);
      return;
    }
    this.#unanswered.add(messageId);
    let reply: Promise<CallReply>;
    try {
      reply = this.#options.onCall({
        messageId: String(messageId),
        action: message.action,
        payload: message.payload,
        frame,
      });
    } catch {
      this.#handlerFailed(messageId);
      return;
    }
    reply.then(
      (answer) => this.#answer(messageId, answer),
      () => this.#handlerFailed(messageId),
    );
  }

  #answer(messageId: MessageId, reply: CallReply): void {
    if (this.#closed) return;
    this.#unanswered.delete(messageId);
    switch (reply.kind) {
      case 'result': {
        let frame: string;
        try {
          frame = encodeCallResult(messageId, reply.payload);
        } catch {
          this.#handlerFailed(messageId);
          return;
        }
        this.#write(frame);
        return;
      }
      case 'error':
        this.#write(encodeCallError(this.#options.version, messageId, reply.code, reply.description));
        return;
      case 'none':
        return;
    }
  }

  #handlerFailed(messageId: MessageId): void {
    this.#unanswered.delete(messageId);
    this.#report('handler-failed', 'a CALL was left without an answer');
  }

  #receiveSend(message: Extract<Frame, { type: 'send' }>, frame: string): void {
    try {
      this.#options.onSend?.({
        messageId: String(message.messageId),
        action: message.action,
        payload: message.payload,
        frame,
      });
    } catch {
      this.#report('handler-failed', 'a SEND could not be taken');
    }
  }

  #receiveAnswer(message: Extract<Frame, { type: 'call-result' | 'call-error' }>): void {
    // Stations that read ids as numbers give them back as numbers.
    const messageId = String(message.messageId);
    const call = this.#underWay;
    if (call === null || call.messageId !== messageId) {
      // Never answered: a CALLERROR here would answer something that is not a CALL.
      if (this.#timedOut.includes(messageId)) {
        this.#report('late-result', 'the answer to a CALL of ours came after its deadline');
      } else {
        this.#report('unmatched-result', 'an answer to no CALL of ours');
      }
      return;
    }
    if (message.type === 'call-result') {
      if (this.#options.version === 'ocpp2.1' && (typeof message.payload !== 'object' || message.payload === null)) {
        this.#report('invalid-result', 'the payload of a CALLRESULT is not an object');
        this.#write(encodeCallResultError(message.messageId, 'FormatViolation', 'The payload is not an object.'));
      }
      settle(call, { kind: 'result', payload: message.payload });
    } else {
      const { code, description, details } = message;
      settle(call, { kind: 'error', code, description, details });
    }
    this.#underWay = null;
    this.#transmitNext();
  }

  /**
   * A frame that is no message. 1.6 answers only a CALL whose id could be read, and ignores unknown message types (OCPP-J 1.6 §4.1.3):
   * its stations do not know the id "-1" and some drop the connection over it. 2.x answers with id "-1" (2.0.1 Part 4 §4.2.3).
   */
  #receiveMalformed(frame: MalformedFrame): void {
    this.#report(frame.problem, frame.detail);
    if (!frame.answerable) return;
    const { version } = this.#options;
    if (version === 'ocpp1.6') {
      if (frame.messageId === null || frame.problem === 'unknown-message-type') return;
      this.#write(encodeCallError(version, frame.messageId, 'FormatViolation', frame.detail));
      return;
    }
    const code =
      frame.problem === 'unknown-message-type'
        ? 'MessageTypeNotSupported'
        : frame.messageId === null
          ? 'RpcFrameworkError'
          : 'FormatViolation';
    this.#write(encodeCallError(version, frame.messageId ?? '-1', code, frame.detail));
  }

  #transmit(call: OwnCall): void {
    this.#underWay = call;
    if (this.#write(call.frame)) return;
    this.#underWay = null;
    settle(call, { kind: 'closed', sent: false });
    this.#transmitNext();
  }

  #transmitNext(): void {
    const next = this.#queue.shift();
    if (next !== undefined) this.#transmit(next);
  }

  #expire(call: OwnCall): void {
    if (this.#underWay === call) {
      this.#timedOut.push(call.messageId);
      if (this.#timedOut.length > MAX_REMEMBERED_TIMEOUTS) this.#timedOut.shift();
      this.#underWay = null;
      settle(call, { kind: 'timeout' });
      this.#transmitNext();
      return;
    }
    const position = this.#queue.indexOf(call);
    if (position >= 0) this.#queue.splice(position, 1);
    settle(call, { kind: 'timeout' });
  }

  /** A socket that is going away may throw; its owner will call {@link close}. */
  #write(frame: string): boolean {
    try {
      this.#options.send(frame);
      return true;
    } catch {
      return false;
    }
  }

  #report(kind: RpcProblem['kind'], detail: string): void {
    this.#options.onProblem?.({ kind, detail });
  }
}

function settle(call: OwnCall, outcome: CallOutcome): void {
  clearTimeout(call.timer);
  call.resolve(outcome);
}

function ownError(description: string): CallOutcome {
  return { kind: 'error', code: 'InternalError', description, details: {} };
}
