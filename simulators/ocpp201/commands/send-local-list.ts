import { fromIdTokenInfo } from '../id-token-info.ts';
import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** SendLocalList (OCPP 2.0.1, D01). */
export function sendLocalList(
  station: SimulatedStation201,
  request: CentralRequest<'SendLocalList'>,
): CommandAnswer<'SendLocalList'> {
  const { versionNumber: version, updateType: kind, localAuthorizationList = [] } = request;
  const changes = localAuthorizationList.map(({ idToken, idTokenInfo }) => ({
    card: idToken.idToken,
    info: idTokenInfo && fromIdTokenInfo(idTokenInfo),
  }));
  const status = station.authorization.localList.update({ version, kind, changes });
  return { response: { status: status === 'NotSupported' ? 'Failed' : status } };
}
