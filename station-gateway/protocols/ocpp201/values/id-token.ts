import type { IdTokenClaim, IdTokenInfo } from '@voltpile/csms/contract/station-port';
import { toIso } from '@voltpile/kernel/clock';
import type { Ocpp201Response } from '@voltpile/ocpp/actions/ocpp201-payloads';
import { asFields, asList, readName, readText } from '../../ocpp-j/values/fields.ts';

type IdTokenInfo201 = Ocpp201Response<'Authorize'>['idTokenInfo'];
type GroupType = NonNullable<IdTokenInfo201['groupIdToken']>['type'];

/** IdTokenType.idToken, identifierString[36]. */
const MAX_ID_TOKEN = 36;
const MAX_ADDITIONAL = 10;
const TYPES: ReadonlySet<string> = new Set<GroupType>([
  'Central',
  'eMAID',
  'ISO14443',
  'ISO15693',
  'KeyCode',
  'Local',
  'MacAddress',
  'NoAuthorization',
]);

/** IdTokenType (OCPP 2.0.1 Part 2 §2.33); undefined when there is no token in it. */
export function readIdToken(value: unknown): IdTokenClaim | undefined {
  if (value === undefined || value === null) return undefined;
  const fields = asFields(value);
  const token = readText(fields.idToken);
  const type = readName(fields.type);
  if (token === undefined && type !== 'NoAuthorization') return undefined;
  const additional = asList(fields.additionalInfo)
    .slice(0, MAX_ADDITIONAL)
    .flatMap((item) => {
      const { additionalIdToken, type: kind } = asFields(item);
      const [name, text] = [readName(kind), readName(additionalIdToken)];
      return name === undefined || text === undefined ? [] : [{ type: name, value: text }];
    });
  return { value: token ?? '', type, ...(additional.length === 0 ? {} : { additional }) };
}

/** IdTokenInfoType (§2.32). */
export function toIdTokenInfo({ status, groupIdToken, groupIdTokenType, expiresAt }: IdTokenInfo): IdTokenInfo201 {
  const info: IdTokenInfo201 = { status };
  if (expiresAt !== null) info.cacheExpiryDateTime = toIso(expiresAt);
  // A group that does not fit is left out: a shortened one would be another group.
  if (groupIdToken !== null && groupIdToken.length <= MAX_ID_TOKEN) {
    info.groupIdToken = { idToken: groupIdToken, type: isType(groupIdTokenType) ? groupIdTokenType : 'Central' };
  }
  return info;
}

function isType(type: string | undefined): type is GroupType {
  return type !== undefined && TYPES.has(type);
}
