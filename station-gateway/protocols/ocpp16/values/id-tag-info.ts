import type { AuthorizationStatus, IdTokenInfo } from '@voltpile/csms/contract/station-port';
import { toIso } from '@voltpile/kernel/clock';
import type { Ocpp16Response } from '@voltpile/ocpp/actions/ocpp16-payloads';

type IdTagInfo = Ocpp16Response<'Authorize'>['idTagInfo'];

/** IdToken, CiString20Type. */
const MAX_ID_TAG = 20;

const STATUSES: Readonly<Record<AuthorizationStatus, IdTagInfo['status']>> = {
  Accepted: 'Accepted',
  Blocked: 'Blocked',
  // "Only relevant for StartTransaction.req" (OCPP 1.6 §7.2): elsewhere the card itself is fine, and may have come to stop its charge.
  ConcurrentTx: 'Accepted',
  Expired: 'Expired',
  Invalid: 'Invalid',
  NoCredit: 'Blocked',
  NotAtThisLocation: 'Blocked',
  NotAtThisTime: 'Blocked',
  Unknown: 'Invalid',
};

/** IdTagInfo (OCPP 1.6 §7.27) for Authorize and StopTransaction. */
export function toIdTagInfo(info: IdTokenInfo): IdTagInfo {
  const idTagInfo: IdTagInfo = { status: STATUSES[info.status] };
  // A group that does not fit is left out: a shortened one would be another group.
  if (info.groupIdToken !== null && info.groupIdToken.length <= MAX_ID_TAG) idTagInfo.parentIdTag = info.groupIdToken;
  if (info.expiresAt !== null) idTagInfo.expiryDate = toIso(info.expiresAt);
  return idTagInfo;
}

/** IdTagInfo for StartTransaction, which tells a concurrent transaction. A start without any readable tag is Invalid. */
export function toIdTagInfoOfStart(info: IdTokenInfo | undefined): IdTagInfo {
  if (info === undefined) return { status: 'Invalid' };
  const idTagInfo = toIdTagInfo(info);
  if (info.status === 'ConcurrentTx') idTagInfo.status = 'ConcurrentTx';
  return idTagInfo;
}
