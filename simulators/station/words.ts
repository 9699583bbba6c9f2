import type { Ocpp16Request } from '@voltpile/ocpp/actions/ocpp16-payloads';
import type { Ocpp201Request, Ocpp201Response } from '@voltpile/ocpp/actions/ocpp201-payloads';

/** Words that simulated stations of every protocol share: types only. */

export type Protocol = 'ocpp1.6' | 'ocpp2.0.1' | 'ykc';

/** What goes on at a plug, in the finer words of OCPP 1.6. OCPP 2.0.1 tells less (Occupied). */
export type PlugStatus = Ocpp16Request<'StatusNotification'>['status'];

/** What is broken. OCPP 2.0.1 has no such list and sends the word as a technical code. */
export type ErrorCode = Ocpp16Request<'StatusNotification'>['errorCode'];

/** What is thought of a card; OCPP 1.6 uses some of these. */
export type CardStatus = NonNullable<Ocpp201Response<'Authorize'>['idTokenInfo']>['status'];

/** Why a transaction has ended, in the protocol's own words. */
export type StopReason =
  | NonNullable<Ocpp16Request<'StopTransaction'>['reason']>
  | NonNullable<Ocpp201Request<'TransactionEvent'>['transactionInfo']['stoppedReason']>;

/** What happens to a station and ends its transactions, whatever the protocol calls it. */
export type Interruption = 'power-loss' | 'hard-reset' | 'soft-reset' | 'defect' | 'emergency' | 'end-of-simulation';

/** Why a station restarts. */
export type RebootCause = 'somebody' | 'command' | 'firmware';

/** What the central system's command is answered with, and what the station does once the answer is on its way. */
export interface Answer<R extends object = object> {
  readonly response: R;
  readonly afterwards?: (() => void) | undefined;
}
