import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { toIso } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { makePage, readPage } from '@voltpile/platform/database/id-page';
import type { Knex } from 'knex';
import type { Money } from '../contract/money.ts';
import type { PaymentMethodView, PaymentsPort, PaymentView, RefundView } from '../contract/payments.ts';
import { fromMoney, toMoney } from '../money/minor-units.ts';
import type { PayingAccounts } from './paying-accounts.ts';
import { paymentNotFound } from './payment-driver.ts';
import type { PaymentMethods } from './payment-methods.ts';
import type { Payments } from './payments.ts';
import { listMethods, type MethodRow } from './persistence/methods-repository.ts';
import { findPayment, listPayments, type PaymentRow, toPayment } from './persistence/payments-repository.ts';
import { listRefunds, type RefundRow, toRefund } from './persistence/refunds-repository.ts';
import type { Refund } from './refund-state.ts';

export const paymentsOff = defineError(
  'payment.off',
  'FailedPrecondition',
  'No payment provider is set up on this server.',
);

export const otherCurrency = defineError(
  'payment.other_currency',
  'InvalidArgument',
  'The amount must be in {currency}.',
);

const LIST = 'payments';
const REFUND_LIST = 'refunds';
const METHOD_LIST = 'payment-methods';

/** The operators' side of payments. Without a provider there is only what was before. */
export function createPaymentsPort(parts: {
  readonly knex: Knex;
  readonly accounts: PayingAccounts;
  readonly live: { readonly payments: Payments; readonly methods: PaymentMethods } | undefined;
}): PaymentsPort {
  const { knex, accounts } = parts;
  const live = () => {
    if (parts.live === undefined) throw paymentsOff();
    return parts.live;
  };
  const find = async (scope: AccessScope, id: Uuid): Promise<PaymentRow> => {
    const row = await findPayment(knex, scope, id);
    if (row === undefined) throw paymentNotFound({ id });
    return row;
  };
  return {
    list: (scope, filter, page) =>
      withDatabaseErrors(async () => {
        const { limit, after } = readPage(LIST, page);
        const rows = await listPayments(knex, scope, filter, after, limit + 1);
        return makePage(LIST, rows.map(toPaymentView), limit);
      }),
    get: (scope, id) => withDatabaseErrors(async () => toPaymentView(await find(scope, id))),
    listRefunds: (scope, id, page) =>
      withDatabaseErrors(async () => {
        const { limit, after } = readPage(REFUND_LIST, page);
        await find(scope, id);
        return makePage(REFUND_LIST, (await listRefunds(knex, id, after, limit + 1)).map(rowToRefundView), limit);
      }),
    async refund(scope, id, { amount, reason, requestedBy }) {
      const { payments } = live();
      const { currency } = await withDatabaseErrors(() => find(scope, id));
      const amountMinor = amount === undefined ? undefined : minorOf(amount, currency);
      return toRefundView(await payments.refund(id, amountMinor, reason, `api:${uuidv7()}`, requestedBy));
    },
    async listMethods(scope, accountId, page) {
      const { limit, after } = readPage(METHOD_LIST, page);
      const { id } = await accounts.get(scope, accountId);
      const rows = await withDatabaseErrors(() => listMethods(knex, id, after, limit + 1));
      return makePage(METHOD_LIST, rows.map(toMethodView), limit);
    },
    async setUpMethod(scope, accountId) {
      const { methods } = live();
      const { id, organizationId } = await accounts.get(scope, accountId);
      return methods.setUp(organizationId, id, uuidv7());
    },
    async topUpByCard(scope, accountId, { amount, paymentMethodId }) {
      const { payments } = live();
      const { id, organizationId, currency } = await accounts.get(scope, accountId);
      const { payment, clientAction } = await payments.topUp({
        organizationId,
        accountId: id,
        amountMinor: minorOf(amount, currency),
        currency,
        paymentMethodId,
        // A request that is repeated with its Idempotency-Key gets the answer of the first; without one it is another top-up.
        idempotencyKey: uuidv7(),
      });
      return {
        payment: await withDatabaseErrors(async () => toPaymentView(await find(scope, payment.id))),
        clientAction,
      };
    },
  };
}

/** @throws InvalidArgument `payment.other_currency`, `money.bad_amount` */
function minorOf(amount: Money, currency: string): bigint {
  if (amount.currency !== currency) throw otherCurrency({ currency });
  return fromMoney(amount);
}

export function toPaymentView(row: PaymentRow): PaymentView {
  const payment = toPayment(row);
  const { currency, feeMinor, feeCurrency } = payment;
  return {
    id: payment.id,
    organizationId: payment.organizationId,
    accountId: payment.accountId,
    purpose: payment.purpose,
    intentId: payment.intentId,
    cdrId: payment.cdrId,
    provider: payment.provider,
    providerReference: payment.providerRef,
    paymentMethodId: payment.methodId,
    state: payment.state,
    amount: toMoney(payment.requestedMinor, currency),
    authorized: toMoney(payment.authorizedMinor, currency),
    captured: toMoney(payment.capturedMinor, currency),
    refunded: toMoney(BigInt(row.refunded_minor), currency),
    fee: feeMinor === null || feeCurrency === null ? null : toMoney(feeMinor, feeCurrency),
    decline: payment.decline,
    failure: payment.failure,
    createdAt: toIso(payment.createdAt),
    updatedAt: toIso(payment.updatedAt),
  };
}

function rowToRefundView(row: RefundRow): RefundView {
  return toRefundView(toRefund(row));
}

function toRefundView(refund: Refund): RefundView {
  return {
    id: refund.id,
    paymentId: refund.paymentId,
    amount: toMoney(refund.amountMinor, refund.currency),
    reason: refund.reason,
    state: refund.state,
    providerReference: refund.providerRef,
    requestedBy: refund.requestedBy,
    createdAt: toIso(refund.createdAt),
  };
}

function toMethodView(row: MethodRow): PaymentMethodView {
  return {
    id: row.id,
    accountId: row.account_id,
    provider: row.provider,
    brand: row.brand,
    last4: row.last4,
    expiryYear: row.expiry_year,
    expiryMonth: row.expiry_month,
    createdAt: row.created_at.toISOString(),
  };
}
