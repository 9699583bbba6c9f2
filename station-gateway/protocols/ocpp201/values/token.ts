import type { CommandPayload } from '@voltpile/csms/contract/commands';
import type { Ocpp201Request } from '@voltpile/ocpp/actions/ocpp201-payloads';

type IdToken201 = Ocpp201Request<'Authorize'>['idToken'];
type Type = NonNullable<CommandPayload<'start-transaction'>['idTokenType']>;

/** IdTokenType (OCPP 2.0.1 Part 2 §2.33). A token whose type nobody knows was made by a central system. */
export function toToken(idToken: string, type: Type | undefined): IdToken201 {
  return { idToken, type: type ?? 'Central' };
}

/** The group of a token is a name of ours. */
export function toGroup(groupIdToken: string | undefined): IdToken201 | undefined {
  return groupIdToken === undefined ? undefined : { idToken: groupIdToken, type: 'Central' };
}
