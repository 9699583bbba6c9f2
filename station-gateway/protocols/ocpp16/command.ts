import type { CommandAction, StationCommandOf } from '@voltpile/csms/contract/commands';
import type { Ocpp16CsmsAction } from '@voltpile/ocpp/actions/ocpp16';
import type { Ocpp16Request } from '@voltpile/ocpp/actions/ocpp16-payloads';
import type { Mapping } from '../ocpp-j/mapping.ts';

/** A neutral command and its 1.6 twin. */
export interface Ocpp16Command<C extends CommandAction, A extends Ocpp16CsmsAction>
  extends Mapping<StationCommandOf<C>, Ocpp16Request<A>> {
  readonly action: A;
}
