import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** GetTransactionStatus (OCPP 2.0.1, E14). */
export function getTransactionStatus(
  station: SimulatedStation201,
  request: CentralRequest<'GetTransactionStatus'>,
): CommandAnswer<'GetTransactionStatus'> {
  const { transactionId } = request;
  if (transactionId === undefined) return { response: { messagesInQueue: station.queue.length > 0 } };
  return {
    response: {
      ongoingIndicator: station.findTransaction(transactionId) !== undefined,
      messagesInQueue: station.queue.has((message) => message.transactionId === transactionId),
    },
  };
}
