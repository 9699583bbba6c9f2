import type { Fields, FieldValue, ValuesOf } from '@voltpile/ykc/fields/field-types';
import type { MessageTable } from '@voltpile/ykc/messages/message';
import type { SimulatedPile } from '../pile.ts';
import type { Outgoing } from '../pile-wire.ts';

/** What a command comes to. */
export interface Outcome<R extends Fields> {
  /** Undefined: nothing is answered, or not yet. */
  readonly response?: ValuesOf<R> | undefined;
  /** A body in place of what the table makes of the response. */
  readonly body?: Buffer | undefined;
  /** What the pile does once the answer is on its way. */
  readonly afterwards?: (() => void) | undefined;
}

/** A frame of the central system that the pile obeys. */
export interface Command {
  readonly request: MessageTable;
  readonly reply: Outgoing;
  readonly run: (pile: SimulatedPile, values: Readonly<Record<string, FieldValue>>) => Outcome<Fields>;
}

export function command<Q extends Fields, R extends Fields>(
  request: MessageTable<Q>,
  reply: Outgoing<R>,
  run: (pile: SimulatedPile, values: ValuesOf<Q>) => Outcome<R>,
): Command {
  // Values are read by the request's table, and written by the reply's.
  return { request, reply, run } as unknown as Command;
}
