import type { StationPort } from '@voltpile/csms/contract/station-port';
import type { Fields, ValuesOf } from '@voltpile/ykc/fields/field-types';
import type { MessageTable } from '@voltpile/ykc/messages/message';
import type { YkcExchange } from './exchange.ts';

/** One frame that a pile sends: what it says is told to the port, and the port's decision becomes the answer. */
export interface YkcMessage<M extends Fields = Fields, O extends Fields = M> {
  readonly table: MessageTable<M, O>;
  /** The calls of the port that it may lead to. */
  readonly tells: readonly (keyof StationPort)[];
  handle(values: ValuesOf<M> | ValuesOf<O>, exchange: YkcExchange): Promise<void>;
}
