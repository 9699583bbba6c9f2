import type { CommandAction, StationCommandOf } from '@voltpile/csms/contract/commands';
import type { Ocpp201CsmsAction } from '@voltpile/ocpp/actions/ocpp201';
import type { Ocpp201Request } from '@voltpile/ocpp/actions/ocpp201-payloads';
import type { Mapping } from '../ocpp-j/mapping.ts';

/** A neutral command and its 2.0.1 twin. */
export interface Ocpp201Command<C extends CommandAction, A extends Ocpp201CsmsAction>
  extends Mapping<StationCommandOf<C>, Ocpp201Request<A>> {
  readonly action: A;
}
