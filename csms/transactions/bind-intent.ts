import type { Instant } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import { NO_LIMITS } from '../contract/funds-port.ts';
import type { DecisionBook, IntentFacts, StationFacts, TransactionFacts } from './decision-book.ts';

/**
 * Binds a transaction to the intent that it realises: one that waits, or one that is made now, because the card was shown with the start.
 *
 * @param folded the token that was accepted
 * @param at when
 */
export function bindIntent(
  book: DecisionBook,
  station: StationFacts,
  transaction: TransactionFacts,
  folded: string,
  accountRef: string | null,
  pending: IntentFacts | undefined,
  at: Instant,
): IntentFacts {
  if (pending !== undefined) {
    takeIntent(book, transaction, pending);
    return pending;
  }
  const intent: IntentFacts = {
    id: uuidv7(),
    organizationId: station.organizationId,
    siteId: station.siteId,
    stationId: station.id,
    evseId: transaction.evseId,
    idToken: folded,
    displayIdToken: transaction.displayIdToken ?? folded,
    accountRef,
    channel: 'card',
    dialectRef: null,
    parallelGroup: null,
    limits: NO_LIMITS,
    status: 'started',
    refusal: null,
    transactionId: transaction.id,
    createdAt: at,
    expiresAt: at,
  };
  book.newIntents.add(intent);
  transaction.intentId = intent.id;
  transaction.authorizedAt = at;
  return intent;
}

/** The transaction is what a waiting intent has waited for. */
export function takeIntent(book: DecisionBook, transaction: TransactionFacts, pending: IntentFacts): void {
  pending.status = 'started';
  pending.transactionId = transaction.id;
  if (!book.newIntents.has(pending)) book.changedIntents.add(pending);
  transaction.intentId = pending.id;
  transaction.authorizedAt = pending.createdAt;
  transaction.parallelGroup = pending.parallelGroup;
}
