import { fromIdTagInfo } from '../id-tag-info.ts';
import type { SimulatedStation16 } from '../station.ts';
import { type Transaction, wireTransactionId } from '../transaction.ts';
import type { StationRequest } from '../types.ts';

/** StopTransaction (OCPP 1.6, 4.10). */
export async function stopTransaction(
  station: SimulatedStation16,
  transaction: Transaction,
  stop: Omit<StationRequest<'StopTransaction'>, 'transactionId'>,
): Promise<void> {
  const request = { ...stop, transactionId: wireTransactionId(transaction) };
  const response = await station.call('StopTransaction', request);
  station.ledger.stopped(request, response, request.meterStop - transaction.meterStartWh);
  const { idTagInfo } = response;
  if (request.idTag !== undefined && idTagInfo !== undefined) {
    station.authorization.learn(request.idTag, fromIdTagInfo(idTagInfo));
  }
  const { connectorId, localId } = transaction;
  station.tell('transaction-closed', { connectorId, localId, transactionId: request.transactionId });
}
