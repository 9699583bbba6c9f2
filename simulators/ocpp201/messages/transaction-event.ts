import type { SimulatedStation201 } from '../station.ts';
import type { Transaction } from '../transaction.ts';
import type { TransactionEvent } from '../types.ts';

/**
 * TransactionEvent (OCPP 2.0.1, E). A repetition has the same content.
 *
 * @param energyWh what the transaction has taken by then
 */
export async function transactionEvent(
  station: SimulatedStation201,
  transaction: Transaction,
  request: TransactionEvent,
  energyWh: number,
): Promise<void> {
  const response = await station.call('TransactionEvent', request);
  station.ledger.reported(transaction.connectorId, request, response, energyWh);
  station.charging.confirmed(transaction, request, response);
}
