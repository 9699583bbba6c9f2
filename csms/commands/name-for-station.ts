import { defineError } from '@voltpile/kernel/errors';
import { givenName } from '../transactions/transaction-event.ts';

export const transactionUnnamed = defineError(
  'transaction.unnamed',
  'FailedPrecondition',
  'The station has given this transaction no name by which it could be told which one is meant.',
);

/**
 * The name by which a station is told of a transaction: its own. What we keep in place of one means nothing to it.
 *
 * @param name as it is stored
 * @throws FailedPrecondition `transaction.unnamed`
 */
export function nameForStation(name: string): string {
  const given = givenName(name);
  if (given === null) throw transactionUnnamed();
  return given;
}
