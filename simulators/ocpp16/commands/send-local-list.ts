import { fromIdTagInfo } from '../id-tag-info.ts';
import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** SendLocalList (OCPP 1.6, 5.15). */
export function sendLocalList(
  station: SimulatedStation16,
  request: CentralRequest<'SendLocalList'>,
): CommandAnswer<'SendLocalList'> {
  const { listVersion: version, updateType: kind, localAuthorizationList = [] } = request;
  const changes = localAuthorizationList.map(({ idTag, idTagInfo }) => ({
    card: idTag,
    info: idTagInfo && fromIdTagInfo(idTagInfo),
  }));
  return { response: { status: station.authorization.localList.update({ version, kind, changes }) } };
}
