import type { MessageOrigin } from '@voltpile/csms/contract/station-port';
import type { Instant } from '@voltpile/kernel/clock';
import type { PileFrame, PileTurn } from '../protocols/pile-family.ts';
import type { FrameOutcome, PileSession } from './pile-session.ts';

const NONE: readonly string[] = [];

/** One frame of a pile from its arrival to its answer. */
export class QueuedFrame implements PileTurn {
  readonly frame: PileFrame;
  readonly receivedAt: Instant;
  /** `performance.now()` of the arrival. */
  readonly arrivedAt: number;
  attempt = 1;
  readonly #session: PileSession;
  #oddities = NONE;
  #answer: Buffer | null = null;

  constructor(session: PileSession, frame: PileFrame, receivedAt: Instant, arrivedAt: number) {
    this.#session = session;
    this.frame = frame;
    this.receivedAt = receivedAt;
    this.arrivedAt = arrivedAt;
  }

  origin(oddities?: readonly string[]): MessageOrigin {
    if (oddities !== undefined) this.#oddities = oddities;
    return this.#session.originOf(this.frame, this.receivedAt, oddities);
  }

  answer(name: string, bytes: Buffer): void {
    if (this.#session.send(name, bytes)) this.#answer = bytes;
  }

  observeClock(claimedAt: Instant): void {
    // A later try tells nothing new.
    if (this.attempt === 1) this.#session.observeClock(claimedAt, this.receivedAt);
  }

  /** Tells the message log what became of it, where that is wanted. */
  log(outcome: FrameOutcome, latencyMs: number): void {
    const { family, identity, connection, station, organizationId, siteId } = this.#session;
    const { exchanges } = connection.gateway;
    const isOdd = outcome !== 'handled' || this.#oddities.length > 0;
    if (exchanges?.wants(identity, isOdd) !== true) return;
    exchanges.record({
      station,
      identity,
      organizationId,
      siteId,
      protocol: family.version,
      direction: 'from-station',
      action: this.frame.name,
      messageId: null,
      outcome: this.#answer === null ? (outcome === 'handled' ? 'none' : 'lost') : 'result',
      errorCode: outcome === 'handled' ? null : outcome,
      requestedAt: this.receivedAt,
      latencyMs: this.#answer === null ? null : latencyMs,
      request: family.show(this.frame.bytes),
      response: this.#answer === null ? null : family.show(this.#answer),
      oddities: this.#oddities,
    });
  }
}
