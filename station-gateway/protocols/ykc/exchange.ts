import type { ClaimedTime, MessageOrigin, StationPort } from '@voltpile/csms/contract/station-port';
import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Cp56Time } from '@voltpile/ykc/fields/cp56-time';
import type { Fields, ValuesOf } from '@voltpile/ykc/fields/field-types';
import { codeText, type MessageTable } from '@voltpile/ykc/messages/message';
import type { PileTurn } from '../pile-family.ts';
import type { YkcFrame } from './pile/stream.ts';
import type { YkcPile } from './pile/ykc-pile.ts';
import { digestOf } from './values/digest.ts';
import { fromCp56 } from './values/wall-time.ts';

/** What a frame's handler has at hand: its pile, the port, and the frame's origin with what was found odd. */
export class YkcExchange {
  readonly pile: YkcPile;
  readonly turn: PileTurn;
  readonly frame: YkcFrame;
  #oddities: string[] | undefined;

  constructor(pile: YkcPile, turn: PileTurn) {
    this.pile = pile;
    this.turn = turn;
    this.frame = turn.frame as YkcFrame;
  }

  get port(): StationPort {
    return this.pile.link.port;
  }

  get receivedAt(): Instant {
    return this.turn.receivedAt;
  }

  /** Notes something odd that is let pass; the same is noted once. To be called before {@link origin}. */
  odd(what: string): void {
    this.#oddities ??= [];
    if (!this.#oddities.includes(what)) this.#oddities.push(what);
  }

  origin(): MessageOrigin {
    return this.turn.origin(this.#oddities);
  }

  /** The time of what has no time of its own. */
  now(): ClaimedTime {
    return { text: toIso(this.receivedAt), at: this.receivedAt };
  }

  time(wall: Cp56Time): ClaimedTime {
    return fromCp56(wall, this.pile.link.timeZone);
  }

  /** Tells a repetition of the frame from another frame. @param says what the frame is made to say, where it says several things */
  digest(says: string): string {
    return digestOf(this.frame.frame.body, says);
  }

  /** The same for a frame that no pile repeats: an equal one that comes later is another one. */
  digestNow(): string {
    return digestOf(this.frame.frame.body, String(this.receivedAt));
  }

  answer<F extends Fields>(table: MessageTable<F>, values: ValuesOf<F>): void {
    this.turn.answer(codeText(table.code), this.pile.stream.answer(this.frame, table, values));
  }
}
