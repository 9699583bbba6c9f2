import type { SimulatedStation16 } from '../station.ts';
import { type Transaction, wireTransactionId } from '../transaction.ts';
import type { StationRequest } from '../types.ts';

/**
 * MeterValues (OCPP 1.6, 4.7).
 *
 * @param transaction whose number is put in; undefined for values outside of transactions
 */
export async function meterValues(
  station: SimulatedStation16,
  transaction: Transaction | undefined,
  values: Omit<StationRequest<'MeterValues'>, 'transactionId'>,
): Promise<void> {
  const request = transaction === undefined ? values : { ...values, transactionId: wireTransactionId(transaction) };
  await station.call('MeterValues', request);
  station.ledger.metered(request);
}
