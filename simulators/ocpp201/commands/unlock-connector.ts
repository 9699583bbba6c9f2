import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** UnlockConnector (OCPP 2.0.1, F05): not while somebody who may charge is plugged. */
export function unlockConnector(
  station: SimulatedStation201,
  request: CentralRequest<'UnlockConnector'>,
): CommandAnswer<'UnlockConnector'> {
  const { evseId, connectorId } = request;
  const connector = evseId === 0 || connectorId !== 1 ? undefined : station.findConnector(evseId);
  if (connector === undefined) return { response: { status: 'UnknownConnector' } };
  if (connector.permission !== undefined) return { response: { status: 'OngoingAuthorizedTransaction' } };
  return { response: { status: station.faults.lockStuck ? 'UnlockFailed' : 'Unlocked' } };
}
