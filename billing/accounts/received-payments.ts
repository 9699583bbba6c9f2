import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { type Clock, type Instant, instant, toIso } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { isUuid, type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { makePage, readPage } from '@voltpile/platform/database/id-page';
import { storableText } from '@voltpile/platform/database/storable-text';
import type { Knex } from 'knex';
import type { AccountView } from '../contract/accounts.ts';
import type { ReceivedPaymentInput, ReceivedPaymentsPort, ReceivedPaymentView } from '../contract/received-payments.ts';
import { accountCode } from '../ledger/account-code.ts';
import type { Ledger, LedgerAccountRef, NewEntry } from '../ledger/entry.ts';
import { lockBalances } from '../ledger/ledger-repository.ts';
import { fromMoney, minorPlaces, toMoney } from '../money/minor-units.ts';
import { getAccount } from './accounts-service.ts';
import { capturesUnderWay } from './captures-under-way.ts';
import {
  findByKey,
  findReceivedPayment,
  insertReceivedPayment,
  listReceivedPayments,
  noteReversal,
  type ReceivedPaymentRow,
  toReceivedPaymentView,
} from './received-payments-repository.ts';
import { readWallet } from './wallet-repository.ts';

export const receivedPaymentNotFound = defineError(
  'received_payment.not_found',
  'NotFound',
  'There is no received payment {id}.',
);
export const badReceivedAmount = defineError(
  'received_payment.bad_amount',
  'InvalidArgument',
  'A received payment is more than nothing and at most {most} {currency}.',
);
export const badReceivedDate = defineError(
  'received_payment.bad_date',
  'InvalidArgument',
  'A payment was received on a day that has begun, not before 2000.',
);
export const receivedKeyReused = defineError(
  'received_payment.key_reused',
  'Conflict',
  'A payment with this key is booked, and it says something else.',
);
export const moreThanOwed = defineError(
  'received_payment.more_than_owed',
  'FailedPrecondition',
  'The account owes {owed} {currency}. What is more goes into its wallet by a top-up; of who pays later it may be kept as a credit (keepCredit).',
);
export const debtBeingCaptured = defineError(
  'payment.capture_under_way',
  'FailedPrecondition',
  'Of the {owed} {currency} that the account owes, {underWay} are being taken from a card at this moment. Book what it has paid when that is done.',
);
export const alreadyReversed = defineError(
  'received_payment.reversed',
  'Conflict',
  'The payment was taken back already.',
);

export interface ReceivedPaymentsOptions {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly ledger: Ledger;
}

const LIST = 'received-payments';
/** Whole units of the currency. What is more is a slip of the finger. */
const MOST = 10_000_000n;
const EARLIEST = '2000-01-01';
/** Somewhere it is tomorrow already. */
const FURTHEST_ZONE_MS = 14 * 3_600_000;

/**
 * What accounts pay to the organisation itself. A payment is booked against what is owed in its currency, under the lock of that balance: two that are
 * booked at once cannot pay the same debt. What a card is about to pay of it is not paid by hand as well. More than that is refused rather than kept, because it is a mistake more often than an advance; only who
 * pays later has a use for a credit, and only when it is asked for.
 */
export function createReceivedPayments({ knex, clock, ledger }: ReceivedPaymentsOptions): ReceivedPaymentsPort {
  async function book(
    trx: Knex.Transaction,
    account: AccountView,
    input: ReceivedPaymentInput,
    amountMinor: bigint,
  ): Promise<{ readonly row: ReceivedPaymentRow; readonly isNew: boolean }> {
    const { organizationId, id: accountId } = account;
    const { currency } = input.amount;
    const receivable: LedgerAccountRef = { kind: 'receivable', accountId };
    const place: LedgerAccountRef = { kind: 'provider', provider: input.method };
    const balances = await lockBalances(trx, { organizationId, currency }, [receivable, place]);
    // Whoever has booked the same at this moment had the same locks, and has committed.
    const known = await findByKey(trx, accountId, input.idempotencyKey);
    if (known !== undefined) {
      if (!isSame(known, input, amountMinor)) throw receivedKeyReused();
      return { row: known, isNew: false };
    }
    const owed = balances.get(accountCode(receivable))?.balanceMinor ?? 0n;
    const mayExceed = input.keepCredit && account.paymentMode === 'postpaid';
    if (amountMinor > owed && !mayExceed) {
      throw moreThanOwed({ owed: toMoney(owed > 0n ? owed : 0n, currency).amount, currency });
    }
    // Otherwise the same debt is paid twice: here, and by the card a moment later.
    const underWay = amountMinor > owed ? 0n : await capturesUnderWay(trx, accountId, currency);
    if (underWay > 0n && amountMinor > owed - underWay) {
      throw debtBeingCaptured({
        owed: toMoney(owed, currency).amount,
        underWay: toMoney(underWay, currency).amount,
        currency,
      });
    }
    const id = uuidv7();
    const at = clock.now();
    const facts = { id, organizationId, accountId, currency, amountMinor, method: input.method };
    const { entryId } = await ledger.post(trx, {
      ...entryAbout(facts, at),
      kind: 'payment',
      idempotencyKey: `received-payment/${id}`,
      description: `Received: ${input.reference}`,
    });
    const { reference, receivedOn, idempotencyKey, recordedBy } = input;
    await insertReceivedPayment(trx, {
      ...facts,
      reference,
      receivedOn,
      idempotencyKey,
      entryId,
      recordedBy,
      recordedAt: at,
    });
    return { row: (await findByKey(trx, accountId, idempotencyKey)) as ReceivedPaymentRow, isNew: true };
  }

  async function get(db: Knex, scope: AccessScope, id: Uuid, options = {}): Promise<ReceivedPaymentRow> {
    const row = isUuid(id) ? await findReceivedPayment(db, scope, id, options) : undefined;
    if (row === undefined) throw receivedPaymentNotFound({ id });
    return row;
  }

  return {
    async list(scope, filter, page) {
      const { limit, after } = readPage(LIST, page);
      const rows = await withDatabaseErrors(() => listReceivedPayments(knex, scope, filter, after, limit + 1));
      return makePage(LIST, rows.map(toReceivedPaymentView), limit);
    },

    get: (scope, id) => withDatabaseErrors(async () => toReceivedPaymentView(await get(knex, scope, id))),

    book: (scope, accountId, given) =>
      withDatabaseErrors(async () => {
        const input = { ...given, reference: storableText(given.reference).trim() };
        const amountMinor = checkedAmount(input);
        checkDate(input.receivedOn, clock.now());
        const account = await getAccount(knex, scope, accountId);
        const { row, isNew } = await knex.transaction((trx) => book(trx, account, input, amountMinor));
        const wallet = await readWallet(knex, account);
        return { payment: toReceivedPaymentView(row), isNew, wallet };
      }),

    reverse: (scope, id, { reason, reversedBy }) =>
      withDatabaseErrors(() =>
        knex.transaction(async (trx) => {
          const row = await get(trx, scope, id, { lock: true });
          if (row.reversal_entry_id !== null) throw alreadyReversed();
          const at = clock.now();
          const text = storableText(reason).trim();
          const { entryId } = await ledger.post(trx, {
            ...entryAbout({ ...toFacts(row), amountMinor: -BigInt(row.amount_minor) }, at),
            kind: 'payment-reversal',
            idempotencyKey: `received-payment/${row.id}/reversal`,
            description: `Not received: ${text}`,
          });
          await noteReversal(trx, row.id, { entryId, reason: text, by: reversedBy, at });
          const payment: ReceivedPaymentView = toReceivedPaymentView(await get(trx, scope, id));
          return { payment, wallet: await readWallet(trx, await getAccount(trx, scope, row.account_id)) };
        }),
      ),
  };
}

interface EntryFacts {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly accountId: Uuid;
  readonly currency: string;
  readonly method: string;
  /** Below nothing: given back. */
  readonly amountMinor: bigint;
}

/** The money is where it came to, and the account owes so much less. */
function entryAbout(
  { id, organizationId, accountId, currency, method, amountMinor }: EntryFacts,
  at: Instant,
): Pick<NewEntry, 'organizationId' | 'currency' | 'reference' | 'at' | 'postings'> {
  return {
    organizationId,
    currency,
    reference: { type: 'received-payment', id },
    at,
    postings: [
      { account: { kind: 'provider', provider: method }, debitMinor: amountMinor },
      { account: { kind: 'receivable', accountId }, debitMinor: -amountMinor },
    ],
  };
}

function toFacts(row: ReceivedPaymentRow): Omit<EntryFacts, 'amountMinor'> {
  const { id, organization_id: organizationId, account_id: accountId, currency, method } = row;
  return { id, organizationId, accountId, currency, method };
}

function isSame(
  row: ReceivedPaymentRow,
  { amount, method, reference, receivedOn }: ReceivedPaymentInput,
  minor: bigint,
) {
  return (
    row.currency === amount.currency &&
    BigInt(row.amount_minor) === minor &&
    row.method === method &&
    row.reference === reference &&
    row.received_on === receivedOn
  );
}

/** @throws InvalidArgument `received_payment.bad_amount`, `money.bad_amount` */
function checkedAmount({ amount }: ReceivedPaymentInput): bigint {
  const minor = fromMoney(amount);
  const most = MOST * 10n ** BigInt(minorPlaces(amount.currency));
  if (minor <= 0n || minor > most) {
    throw badReceivedAmount({ most: toMoney(most, amount.currency).amount, currency: amount.currency });
  }
  return minor;
}

/** @throws InvalidArgument `received_payment.bad_date` */
function checkDate(date: string, now: Instant): void {
  const latest = toIso(instant(now + FURTHEST_ZONE_MS)).slice(0, 10);
  const at = Date.parse(date);
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(date) && !Number.isNaN(at) && new Date(at).toISOString().startsWith(date);
  if (!isDate || date < EARLIEST || date > latest) throw badReceivedDate();
}
