import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp201Command } from '../command.ts';

/** RequestStopTransaction (OCPP 2.0.1 Part 2 §1.47; F03). The station knows the transaction by its own name, which the domain fills in. */
export const stopTransaction: Ocpp201Command<'stop-transaction', 'RequestStopTransaction'> = {
  command: 'stop-transaction',
  action: 'RequestStopTransaction',
  toCalls: ({ stationTransactionId }) =>
    stationTransactionId === undefined
      ? { unsendable: "The station's name of this transaction is not known." }
      : [{ transactionId: stationTransactionId }],
  toOutcome: byStatus('Accepted'),
  fromPayload: ({ transactionId }) => ({
    action: 'stop-transaction',
    payload: { transactionId: '' },
    stationTransactionId: transactionId,
  }),
};
