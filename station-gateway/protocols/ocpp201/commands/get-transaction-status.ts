import { byContent } from '../../ocpp-j/outcome.ts';
import type { Ocpp201Command } from '../command.ts';

/** GetTransactionStatus (OCPP 2.0.1 Part 2 §1.28; E14). The station knows the transaction by its own name, which the domain fills in. */
export const getTransactionStatus: Ocpp201Command<'get-transaction-status', 'GetTransactionStatus'> = {
  command: 'get-transaction-status',
  action: 'GetTransactionStatus',
  toCalls: ({ payload, stationTransactionId }) =>
    payload.transactionId !== undefined && stationTransactionId === undefined
      ? { unsendable: "The station's name of this transaction is not known." }
      : [{ transactionId: stationTransactionId }],
  toOutcome: byContent(({ messagesInQueue }) => typeof messagesInQueue === 'boolean'),
  fromPayload: ({ transactionId }) => ({
    action: 'get-transaction-status',
    payload: transactionId === undefined ? {} : { transactionId: '' },
    ...(transactionId === undefined ? {} : { stationTransactionId: transactionId }),
  }),
};
