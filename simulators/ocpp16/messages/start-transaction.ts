import type { SimulatedStation16 } from '../station.ts';
import type { Transaction } from '../transaction.ts';
import type { StationRequest } from '../types.ts';

/** StartTransaction (OCPP 1.6, 4.8): its answer brings the transaction's number and what the central system thinks of the card. */
export async function startTransaction(
  station: SimulatedStation16,
  transaction: Transaction,
  request: StationRequest<'StartTransaction'>,
): Promise<void> {
  const response = await station.call('StartTransaction', request);
  station.ledger.started(request, response);
  station.charging.confirmed(transaction, response);
}
