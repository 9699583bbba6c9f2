import type { MessageOrigin, StationPort } from '@voltpile/csms/contract/station-port';
import type { Instant } from '@voltpile/kernel/clock';
import type { CallReply, InboundCall } from '@voltpile/ocpp/rpc/types';
import type { Conversation, MessageContext } from '../protocols/dialect.ts';
import type { StationSession } from './station-session.ts';

const NONE: readonly string[] = [];

/** One message of a station from its arrival to its answer: an entry of the queue, and the context that the dialect sees. */
export class MessageTurn implements MessageContext {
  readonly call: InboundCall;
  readonly receivedAt: Instant;
  /** `performance.now()` of the arrival. */
  readonly arrivedAt: number;
  readonly answered: Promise<CallReply>;
  /** 1 while the first try is under way. */
  attempt = 1;
  /** What the dialect found odd, as far as it has told. */
  oddities: readonly string[] = NONE;
  readonly #session: StationSession;
  readonly #resolve: (reply: CallReply) => void;

  constructor(session: StationSession, call: InboundCall, receivedAt: Instant, arrivedAt: number) {
    this.#session = session;
    this.call = call;
    this.receivedAt = receivedAt;
    this.arrivedAt = arrivedAt;
    const { promise, resolve } = Promise.withResolvers<CallReply>();
    this.answered = promise;
    this.#resolve = resolve;
  }

  get port(): StationPort {
    return this.#session.gateway.port;
  }

  get conversation(): Conversation {
    return this.#session;
  }

  get lenient(): boolean {
    return this.#session.lenient;
  }

  /** What the queue counts: characters of the frame. */
  get bytes(): number {
    return this.call.frame.length;
  }

  answer(reply: CallReply): void {
    this.#resolve(reply);
  }

  origin(call: InboundCall, oddities?: readonly string[]): MessageOrigin {
    if (oddities !== undefined) this.oddities = oddities;
    const origin = {
      station: this.#session.station,
      epoch: this.#session.epoch,
      receivedAt: this.receivedAt,
      clockOffsetMs: this.#session.clockOffsetMs,
      raw: call.frame,
      messageName: call.action,
    };
    return oddities === undefined || oddities.length === 0 ? origin : { ...origin, oddities };
  }

  observeClock(claimedAt: Instant): void {
    // A later try tells nothing new.
    if (this.attempt === 1) this.#session.observeClock(claimedAt, this.receivedAt);
  }

  heartbeatIntervalTold(seconds: number): void {
    this.#session.heartbeatSeconds = seconds;
  }
}
