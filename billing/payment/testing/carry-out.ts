import type { Uuid } from '@voltpile/kernel/ids';
import type { TestDatabase } from '@voltpile/platform/testing/test-database';
import type { Knex } from 'knex';
import type { Payment } from '../payment-state.ts';
import type { CaptureFacts, Payments } from '../payments.ts';

interface Paying {
  readonly payments: Payments;
  readonly database: Pick<TestDatabase, 'knex'>;
}

/** What settlement does with a charge: it plans the capture in a transaction, and carries it out after the commit. */
export function captureForCharge(paying: Paying, request: CaptureFacts): Promise<Payment | undefined> {
  return carryOut(paying, (trx) => paying.payments.planCapture(trx, request));
}

/** The same where nothing is charged. */
export function cancelForIntent(paying: Paying, intentId: Uuid): Promise<Payment | undefined> {
  return carryOut(paying, (trx) => paying.payments.planCancel(trx, intentId));
}

async function carryOut(
  { payments, database }: Paying,
  plan: (trx: Knex.Transaction) => Promise<Uuid | undefined>,
): Promise<Payment | undefined> {
  const id = await database.knex.transaction(plan);
  return id === undefined ? undefined : payments.carryOut(id);
}
