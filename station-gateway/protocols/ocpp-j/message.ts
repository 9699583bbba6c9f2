import type { Exchange } from './exchange.ts';

/** A request whose members may be of any type: it has passed its schema, or is taken all the same. */
export type Unchecked<T> = { readonly [K in keyof T]?: unknown };

/** One message that a station sends: what it says is told to the port in one call, and the port's decision becomes the answer. */
export interface JsonMessage {
  readonly action: string;
  /**
   * Whether it carries billable facts. Such a message is taken whatever it looks like, because a station repeats a refused one for
   * ever and keeps everything behind it back; the others are refused when they break their schema, unless the station's setting is
   * lenient.
   */
  readonly isTransactional: boolean;
  /** Kept for the record, and told as an event; changes nothing. */
  readonly isStoredOnly?: boolean;
  /** @returns null when something without which the message says nothing cannot be read; never for transactional ones */
  handle(request: Readonly<Record<string, unknown>>, exchange: Exchange): Promise<object | null>;
}
