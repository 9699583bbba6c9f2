import type { DecisionBook, IntentFacts } from './decision-book.ts';

/** Takes back an acceptance: the funds were refused. A transaction that began meanwhile keeps running until the station stops it. */
export function refuseIntent(book: DecisionBook, intent: IntentFacts, reason: string): void {
  intent.status = 'refused';
  intent.refusal = reason;
  book.changedIntents.add(intent);
  const transaction = intent.transactionId === null ? undefined : book.transaction(intent.transactionId);
  if (transaction === undefined || transaction.status !== 'active') return;
  transaction.authorizationStatus = 'NoCredit';
  book.change(transaction);
}
