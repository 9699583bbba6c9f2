import type { Ocpp16StationAction } from '@voltpile/ocpp/actions/ocpp16';
import type { Ocpp16Request, Ocpp16Response } from '@voltpile/ocpp/actions/ocpp16-payloads';
import type { Exchange } from './exchange.ts';

/** A request whose members may be of any type: it has passed its schema, or is taken all the same. */
export type Unchecked<T> = { readonly [K in keyof T]?: unknown };

/** One message that a station sends: what it says is told to the port in one call, and the port's decision becomes the answer. */
export interface Ocpp16Message<A extends Ocpp16StationAction = Ocpp16StationAction> {
  readonly action: A;
  /**
   * Whether it carries billable facts. Such a message is taken whatever it looks like, because a station repeats a refused one for
   * ever and keeps everything behind it back; the others are refused when they break their schema, unless the station's setting is
   * lenient.
   */
  readonly isTransactional: boolean;
  /** @returns null when something without which the message says nothing cannot be read; never for transactional ones */
  handle(request: Unchecked<Ocpp16Request<A>>, exchange: Exchange): Promise<Ocpp16Response<A> | null>;
}
