import type { Ocpp16StationAction } from '@voltpile/ocpp/actions/ocpp16';
import type { Ocpp16Request, Ocpp16Response } from '@voltpile/ocpp/actions/ocpp16-payloads';
import type { Exchange } from '../ocpp-j/exchange.ts';
import type { JsonMessage, Unchecked } from '../ocpp-j/message.ts';

/** One message that a 1.6 station sends. */
export interface Ocpp16Message<A extends Ocpp16StationAction = Ocpp16StationAction> extends JsonMessage {
  readonly action: A;
  handle(request: Unchecked<Ocpp16Request<A>>, exchange: Exchange): Promise<Ocpp16Response<A> | null>;
}
