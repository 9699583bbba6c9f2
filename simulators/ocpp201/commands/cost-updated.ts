import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** CostUpdated (OCPP 2.0.1, I02): kept with the transaction, as the display would show it. */
export function costUpdated(
  station: SimulatedStation201,
  request: CentralRequest<'CostUpdated'>,
): CommandAnswer<'CostUpdated'> {
  const transaction = station.findTransaction(request.transactionId)?.transaction;
  if (transaction !== undefined) transaction.totalCost = request.totalCost;
  return { response: {} };
}
