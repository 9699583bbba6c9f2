import { instant } from '@voltpile/kernel/clock';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { OutsideCheck } from '../ledger/prove.ts';
import { askProvider } from './ask-provider.ts';
import { differencesOf } from './compare-with-provider.ts';
import type { DriverParts } from './driver-parts.ts';
import { findCustomer } from './persistence/methods-repository.ts';
import { wakePayment } from './persistence/payments-repository.ts';
import { countUnchecked, listUnchecked, noteChecked, type UncheckedPayment } from './persistence/unchecked-payments.ts';

export interface ProviderCheckLimits {
  /** Payments that are asked about in one proof. */
  readonly most: number;
  /** How long one proof goes on to ask. */
  readonly timeMs: number;
}

const LIMITS: ProviderCheckLimits = { most: 2000, timeMs: 180_000 };
const CONCURRENCY = 4;
/** One after the other: then the provider is away. */
const MOST_FAILURES = 5;

/**
 * Asks the provider about payments that have come to an end and changed since it was asked last, the newest first, and compares what it says with what is stored. One that
 * differs is looked at by the sweeper, too, which takes what is news; it is asked about again the next time. No transaction is open meanwhile.
 */
export function createProviderCheck(parts: DriverParts, limits: ProviderCheckLimits = LIMITS): OutsideCheck {
  const { knex, clock, provider, logger } = parts;

  /** @returns what differs; undefined when the provider could not be asked */
  async function compare(unchecked: UncheckedPayment): Promise<readonly string[] | undefined> {
    const { payment } = unchecked;
    const { id, providerRef, createdAt, currency, accountId } = payment;
    const customer = await withDatabaseErrors(() =>
      findCustomer(knex, { provider: provider.name, account_id: accountId }),
    );
    const question = { paymentId: id, providerRef, customerRef: customer?.provider_ref ?? '', createdAt, currency };
    const asked = await askProvider(() => provider.readStatus(question), logger.child({ payment: id, step: 'prove' }));
    if (asked.kind !== 'answered') return undefined;
    const differences = differencesOf(unchecked, asked.answer);
    return withDatabaseErrors(async () => {
      if (differences.length === 0) {
        if (!unchecked.hasOpenRefund) await noteChecked(knex, unchecked, clock.now());
        return [];
      }
      // It has gone on meanwhile: the next proof sees to it.
      const [now] = await listUnchecked(knex, provider.name, 1, id);
      if (now?.payment.updatedAt !== payment.updatedAt || now.refundedMinor !== unchecked.refundedMinor) return [];
      await wakePayment(knex, id, clock.now());
      return differences;
    });
  }

  return {
    name: 'payments-as-at-provider',
    async ask(limit, signal) {
      const until = instant(clock.now() + limits.timeMs);
      const waiting = await withDatabaseErrors(() => listUnchecked(knex, provider.name, limits.most));
      const problems: string[] = [];
      let [failures, missed] = [0, 0];
      const work = async (): Promise<void> => {
        while (failures < MOST_FAILURES && problems.length < limit && clock.now() < until) {
          signal?.throwIfAborted();
          const next = waiting.shift();
          if (next === undefined) return;
          const found = await compare(next);
          failures = found === undefined ? failures + 1 : 0;
          missed += found === undefined ? 1 : 0;
          problems.push(...(found ?? []));
        }
      };
      const all = await withDatabaseErrors(() => countUnchecked(knex, provider.name));
      await Promise.all(Array.from({ length: CONCURRENCY }, work));
      const left = await withDatabaseErrors(() => countUnchecked(knex, provider.name));
      const unanswered =
        missed > 0 || waiting.length > 0 || all > limits.most
          ? `${left} of ${all} payments are still to be asked about${missed > 0 ? ': the provider did not answer' : ''}`
          : null;
      return { problems: problems.slice(0, limit), unanswered };
    },
  };
}
