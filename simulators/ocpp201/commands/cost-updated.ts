import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** CostUpdated (OCPP 2.0.1, I02): kept as the display would show it, and with the transaction while it runs. */
export function costUpdated(
  station: SimulatedStation201,
  request: CentralRequest<'CostUpdated'>,
): CommandAnswer<'CostUpdated'> {
  const { transactionId, totalCost } = request;
  station.shownCost = { transactionId, cost: totalCost };
  const transaction = station.findTransaction(transactionId)?.transaction;
  if (transaction !== undefined) transaction.totalCost = totalCost;
  return { response: {} };
}
