import type { Instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import type { PaymentState } from '../contract/payments.ts';
import type { NewEntry } from '../ledger/entry.ts';
import type { BooksAccount } from '../ledger/ledger-repository.ts';
import { entryOfRefund } from './payment-entries.ts';
import type { PaymentProvider } from './payment-provider.ts';
import type { Payment } from './payment-state.ts';
import { newRefund, noteRefund, type Payments } from './payments.ts';
import {
  findOfIntents,
  listStaleIntents,
  type PaymentRow,
  reassignPayment,
  toPayment,
} from './persistence/payments-repository.ts';
import type { PlannedTask, PlannedWork } from './planned-work.ts';
import type { RefundDriver } from './refund-driver.ts';

export const captureUnderWay = defineError(
  'payment.capture_under_way',
  'FailedPrecondition',
  'What the charge has cost is being taken from a card at this moment. Decide when that is done.',
);

export interface CardChargesParts {
  readonly knex: Knex;
  readonly provider: PaymentProvider;
  readonly payments: Payments;
  readonly refunds: RefundDriver;
  readonly work: PlannedWork;
}

/** What a record comes to, or nothing where none is made. */
export interface CardBill {
  /** null: nothing is charged. */
  readonly cdrId: Uuid | null;
  readonly currency: string | null;
  readonly dueMinor: bigint;
}

const NOTHING: CardBill = { cdrId: null, currency: null, dueMinor: 0n };

/** States in which something is held, or may turn out to be. */
const MAY_HOLD: readonly PaymentState[] = ['authorized', 'authorizing', 'unknown'];
/** A capture that was planned, and is not known to have happened. */
const MAY_CAPTURE: readonly PaymentState[] = [...MAY_HOLD, 'capturing'];

/** What is held on cards for charges, and what becomes of it when they are settled. */
export class CardCharges {
  readonly #parts: CardChargesParts;

  constructor(parts: CardChargesParts) {
    this.#parts = parts;
  }

  /**
   * Locks what cards have to do with these intents until the end of the transaction. Before holds and balances are locked, by everybody. What is
   * planned with the answer is carried out after the commit; the sweeper does it if nobody does.
   */
  async open(trx: Knex.Transaction, intentIds: readonly Uuid[]): Promise<OpenedCards> {
    const rows = intentIds.length === 0 ? [] : await findOfIntents(trx, intentIds, { lock: true });
    const tasks: PlannedTask[] = [];
    if (rows.length > 0) {
      // The error of a transaction that fails is its owner's.
      void trx.executionPromise.then(
        () => this.#parts.work.add(tasks),
        () => undefined,
      );
    }
    return new OpenedCards(this.#parts, trx, rows, tasks);
  }

  /** What may be spent on these intents by what cards hold for them: nothing any more where the provider has let go of it by itself. */
  async held(intentIds: readonly Uuid[]): Promise<{ readonly amountMinor: bigint; readonly currency: string }[]> {
    const rows = await withDatabaseErrors(() => findOfIntents(this.#parts.knex, intentIds));
    return rows.map(toPayment).flatMap(({ state, wanted, currency, authorizedMinor }) => {
      if (wanted === 'cancel') return [];
      if (state === 'cancelled') return [{ amountMinor: 0n, currency }];
      const isGranted = state === 'authorized' || state === 'capturing' || state === 'captured';
      return isGranted ? [{ amountMinor: authorizedMinor, currency }] : [];
    });
  }

  /** Intents for which something may be held, and that nobody has asked about since, in their order. */
  stale(askedBefore: Instant, after: Uuid | null, count: number): Promise<Uuid[]> {
    const { knex, provider } = this.#parts;
    return withDatabaseErrors(() => listStaleIntents(knex, provider.name, askedBefore, after, count));
  }
}

/** The payments of some intents, within the transaction that has locked them. */
export class OpenedCards {
  /** All that the entries of {@link pay} may be posted to, besides what the records are. */
  readonly accounts: readonly BooksAccount[];
  readonly #parts: CardChargesParts;
  readonly #trx: Knex.Transaction;
  readonly #rows: ReadonlyMap<Uuid, PaymentRow>;
  readonly #tasks: PlannedTask[];

  constructor(parts: CardChargesParts, trx: Knex.Transaction, rows: readonly PaymentRow[], tasks: PlannedTask[]) {
    this.#parts = parts;
    this.#trx = trx;
    this.#tasks = tasks;
    this.#rows = new Map(rows.map((row) => [row.intent_id ?? row.id, row]));
    // Only what was taken before can be given back.
    this.accounts = rows
      .filter(({ state }) => state === 'captured')
      .flatMap(({ organization_id: organizationId, currency, provider, account_id: accountId }): BooksAccount[] => [
        { organizationId, currency, ref: { kind: 'provider', provider } },
        { organizationId, currency, ref: { kind: 'receivable', accountId } },
      ]);
  }

  /**
   * Plans to take what a charge has cost from what is held for its intents, and to let go of the rest. What was taken for a record before counts
   * for the one that takes its place; what was too much is given back.
   *
   * @returns what cards pay of it, as far as can be told now, and entries that the caller writes
   * @throws FailedPrecondition `payment.capture_under_way`
   */
  async pay(
    intentIds: readonly Uuid[],
    bill: CardBill,
    at: Instant,
  ): Promise<{ readonly paidMinor: bigint; readonly entries: readonly NewEntry[] }> {
    const due = bill.dueMinor > 0n ? bill.dueMinor : 0n;
    const rows = [...new Set(intentIds)].flatMap((intentId) => this.#rows.get(intentId) ?? []);
    const kept = await this.#keep(rows, bill, due, at);
    const captured = await this.#capture(
      rows.map(toPayment).filter(({ wanted, state }) => wanted === 'hold' && state !== 'captured'),
      bill,
      due - kept.paidMinor,
    );
    return { paidMinor: kept.paidMinor + captured, entries: kept.entries };
  }

  /** Nothing is charged: what is held is let go, and what was taken is given back. @returns entries that the caller writes */
  async letGo(intentIds: readonly Uuid[], at: Instant): Promise<readonly NewEntry[]> {
    return (await this.pay(intentIds, NOTHING, at)).entries;
  }

  /** Lets go of what is held for an intent that nobody has asked about since. @returns whether something may be held */
  async cancelStale(intentId: Uuid, askedBefore: Instant): Promise<boolean> {
    const row = this.#rows.get(intentId);
    if (row === undefined || row.wanted !== 'hold' || row.asked_at.getTime() >= askedBefore) return false;
    await this.#capture([toPayment(row)], NOTHING, 0n);
    return MAY_HOLD.includes(row.state);
  }

  async #keep(
    rows: readonly PaymentRow[],
    { cdrId, currency }: CardBill,
    due: bigint,
    at: Instant,
  ): Promise<{ paidMinor: bigint; entries: NewEntry[] }> {
    const { provider, refunds } = this.#parts;
    const entries: NewEntry[] = [];
    let paidMinor = 0n;
    for (const row of rows) {
      const payment = toPayment(row);
      if (payment.wanted === 'capture' && MAY_CAPTURE.includes(payment.state)) throw captureUnderWay();
      if (payment.state !== 'captured') continue;
      const taken = payment.capturedMinor - BigInt(row.refunded_minor);
      const keepable = payment.currency === currency ? least(due - paidMinor, taken) : 0n;
      paidMinor += keepable;
      if (keepable > 0n && cdrId !== null) await reassignPayment(this.#trx, payment.id, cdrId);
      const amountMinor = provider.payablePart(taken - keepable, payment.currency);
      if (amountMinor <= 0n) continue;
      const reason = cdrId === null ? 'Nothing is charged any more' : 'The charge was corrected';
      const facts = { amountMinor, reason, idempotencyKey: `settlement:${uuidv7()}`, requestedBy: null };
      const refund = newRefund(payment, facts, at);
      await noteRefund(this.#trx, refund);
      entries.push(entryOfRefund(payment, refund, at));
      this.#tasks.push(() => refunds.drive(refund.id, 'first'));
    }
    return { paidMinor, entries };
  }

  /** @returns what is to be captured */
  async #capture(held: readonly Payment[], { cdrId, currency }: CardBill, due: bigint): Promise<bigint> {
    const { payments, provider } = this.#parts;
    const usable = held.filter((payment) => MAY_HOLD.includes(payment.state) && payment.currency === currency);
    let left = due;
    for (const payment of held) {
      const intentId = payment.intentId ?? payment.id;
      // The last one takes all that is left: what is held there may be raised.
      const most = payment === usable.at(-1) ? left : least(left, payment.authorizedMinor);
      const amountMinor = usable.includes(payment) ? most : 0n;
      left -= provider.payablePart(amountMinor, payment.currency);
      const id =
        cdrId !== null && amountMinor > 0n
          ? await payments.planCapture(this.#trx, { intentId, cdrId, amountMinor })
          : await payments.planCancel(this.#trx, intentId);
      if (id !== undefined) this.#tasks.push(() => payments.carryOut(id));
    }
    return due - left;
  }
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
