import type { Instant } from '@voltpile/kernel/clock';
import type { Fields, ValuesOf } from '@voltpile/ykc/fields/field-types';
import type { MessageTable } from '@voltpile/ykc/messages/message';
import type { PileLink } from '../../pile-family.ts';
import type { YkcFrame } from './stream.ts';

type Values = Readonly<Record<string, unknown>>;

/** What came of a question. */
export type Reply<V = Values> =
  | { readonly kind: 'answered'; readonly values: V }
  | { readonly kind: 'timeout' }
  /** @property isSent whether the question left */
  | { readonly kind: 'closed'; readonly isSent: boolean };

interface Question {
  readonly code: number;
  readonly name: string;
  readonly fits: (values: Values) => boolean;
  readonly bytes: Buffer;
  readonly requestedAt: Instant;
  readonly resolve: (reply: Reply) => void;
  readonly timer: NodeJS.Timeout;
}

/** Commands wait in the domain, not here; this only bounds a defect. */
const MAX_QUESTIONS = 64;

/**
 * Questions of ours that a pile has not answered. The sequence tells nothing (some piles send 0 always): an answer belongs to the oldest question
 * of its kind that it fits.
 */
export class Questions {
  readonly #link: PileLink;
  #open: Question[] = [];
  #isClosed = false;

  constructor(link: PileLink) {
    this.#link = link;
  }

  /**
   * Sends a frame and waits for its answer.
   *
   * @param name of the frame: `0x36`
   * @param fits which answer of that kind is meant
   */
  ask<M extends Fields, O extends Fields>(
    name: string,
    bytes: Buffer,
    reply: MessageTable<M, O>,
    fits: (values: ValuesOf<M> | ValuesOf<O>) => boolean,
    deadline: Instant,
  ): Promise<Reply<ValuesOf<M> | ValuesOf<O>>> {
    if (this.#isClosed || this.#open.length >= MAX_QUESTIONS || !this.#link.send(name, bytes)) {
      return Promise.resolve({ kind: 'closed', isSent: false });
    }
    return this.wait({ name, bytes }, reply, fits, deadline);
  }

  /** Waits for another answer to what was sent. */
  wait<M extends Fields, O extends Fields>(
    { name, bytes }: { readonly name: string; readonly bytes: Buffer },
    reply: MessageTable<M, O>,
    fits: (values: ValuesOf<M> | ValuesOf<O>) => boolean,
    deadline: Instant,
  ): Promise<Reply<ValuesOf<M> | ValuesOf<O>>> {
    if (this.#isClosed) return Promise.resolve({ kind: 'closed', isSent: true });
    const requestedAt = this.#link.clock.now();
    return new Promise((resolve) => {
      const question: Question = {
        code: reply.code,
        name,
        // By its code: what is read by that table has its values.
        fits: fits as (values: Values) => boolean,
        bytes,
        requestedAt,
        resolve: resolve as (reply: Reply) => void,
        timer: setTimeout(() => this.#end(question, { kind: 'timeout' }), Math.max(0, deadline - requestedAt)),
      };
      question.timer.unref();
      this.#open.push(question);
    });
  }

  expects(code: number): boolean {
    return this.#open.some((question) => question.code === code);
  }

  /** @returns false when nobody has asked */
  answered(code: number, values: Values, frame: YkcFrame): boolean {
    const question = this.#open.find((one) => one.code === code && one.fits(values));
    if (question === undefined) return false;
    this.#end(question, { kind: 'answered', values }, frame.bytes);
    return true;
  }

  close(): void {
    this.#isClosed = true;
    for (const question of [...this.#open]) this.#end(question, { kind: 'closed', isSent: true });
  }

  #end(question: Question, reply: Reply, answer: Buffer | null = null): void {
    clearTimeout(question.timer);
    this.#open = this.#open.filter((one) => one !== question);
    const { name, bytes, requestedAt } = question;
    const outcome = reply.kind === 'answered' ? 'result' : reply.kind === 'timeout' ? 'timeout' : 'lost';
    this.#link.log({ name, bytes, requestedAt, outcome, answer });
    question.resolve(reply);
  }
}
