import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** UnlockConnector (OCPP 1.6, 5.18): ends a transaction first. */
export function unlockConnector(
  station: SimulatedStation16,
  request: CentralRequest<'UnlockConnector'>,
): CommandAnswer<'UnlockConnector'> {
  const connector = request.connectorId === 0 ? undefined : station.findConnector(request.connectorId);
  if (connector === undefined) return { response: { status: 'NotSupported' } };
  if (station.faults.lockStuck) return { response: { status: 'UnlockFailed' } };
  return { response: { status: 'Unlocked' }, afterwards: () => station.charging.stop(connector, 'UnlockCommand') };
}
