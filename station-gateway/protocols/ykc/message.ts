import type { Fields, ValuesOf } from '@voltpile/ykc/fields/field-types';
import type { MessageTable } from '@voltpile/ykc/messages/message';
import type { YkcExchange } from './exchange.ts';

/** One frame that a pile sends: what it says is told to the port, and the port's decision becomes the answer. */
export interface YkcMessage<M extends Fields = Fields, O extends Fields = M> {
  readonly table: MessageTable<M, O>;
  handle(values: ValuesOf<M> | ValuesOf<O>, exchange: YkcExchange): Promise<void>;
}
