import type { Ocpp201StationAction } from '@voltpile/ocpp/actions/ocpp201';
import type { Ocpp201Request, Ocpp201Response } from '@voltpile/ocpp/actions/ocpp201-payloads';
import type { Exchange } from '../ocpp-j/exchange.ts';
import type { JsonMessage, Unchecked } from '../ocpp-j/message.ts';

/** One message that a 2.0.1 station sends. */
export interface Ocpp201Message<A extends Ocpp201StationAction = Ocpp201StationAction> extends JsonMessage {
  readonly action: A;
  handle(request: Unchecked<Ocpp201Request<A>>, exchange: Exchange): Promise<Ocpp201Response<A> | null>;
}
