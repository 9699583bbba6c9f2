import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp16Command } from '../command.ts';

/**
 * RemoteStopTransaction (OCPP 1.6 §6.35). The station knows the transaction by its number, which the domain fills in. The other way
 * round only that number is known: our id of the transaction is left empty for the domain to find.
 */
export const stopTransaction: Ocpp16Command<'stop-transaction', 'RemoteStopTransaction'> = {
  command: 'stop-transaction',
  action: 'RemoteStopTransaction',
  toCalls: ({ stationTransactionId }) =>
    stationTransactionId === undefined
      ? { unsendable: "The station's number of this transaction is not known." }
      : [{ transactionId: Number(stationTransactionId) }],
  toOutcome: byStatus('Accepted'),
  fromPayload: ({ transactionId }) => ({
    action: 'stop-transaction',
    payload: { transactionId: '' },
    stationTransactionId: String(transactionId),
  }),
};
