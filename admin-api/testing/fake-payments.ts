import type { PaymentMethodView, PaymentsPort, PaymentView, RefundView } from '@voltpile/billing/contract/payments';
import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { defineError } from '@voltpile/kernel/errors';
import { uuidv7 } from '@voltpile/kernel/ids';

const NOW = '2026-05-01T00:00:00.000Z';

const notFound = defineError('payment.not_found', 'NotFound', 'There is no payment {id}.');
const tooLarge = defineError('payment.refund_too_large', 'FailedPrecondition', 'Not so much is left of payment {id}.');

/** Payments in memory: no money, no rules but those that the API is tested with. */
export class FakePayments {
  readonly rows: PaymentView[] = [];
  readonly refundRows: RefundView[] = [];
  readonly methodRows: PaymentMethodView[] = [];
  readonly #organizationId: string;

  constructor(organizationId: string) {
    this.#organizationId = organizationId;
  }

  add(facts: Partial<PaymentView> = {}): PaymentView {
    const money = { amount: '20.00', currency: 'EUR' };
    const payment: PaymentView = {
      id: uuidv7(),
      organizationId: this.#organizationId,
      accountId: uuidv7(),
      purpose: 'top-up',
      intentId: null,
      cdrId: null,
      provider: 'fake',
      providerReference: 'pay_1',
      paymentMethodId: uuidv7(),
      state: 'captured',
      amount: money,
      authorized: money,
      captured: money,
      refunded: { amount: '0.00', currency: 'EUR' },
      fee: null,
      decline: null,
      failure: null,
      createdAt: NOW,
      updatedAt: NOW,
      ...facts,
    };
    this.rows.push(payment);
    return payment;
  }

  readonly port: PaymentsPort = {
    list: async (scope, { state }) => ({
      items: this.rows.filter((row) => this.#sees(scope) && (state === undefined || row.state === state)),
      nextCursor: null,
    }),
    get: async (scope, id) => this.#find(scope, id),
    listRefunds: async (scope, id) => {
      this.#find(scope, id);
      return { items: this.refundRows.filter(({ paymentId }) => paymentId === id), nextCursor: null };
    },
    refund: async (scope, id, { amount, reason, requestedBy }) => {
      const { captured } = this.#find(scope, id);
      if (Number(amount?.amount ?? 0) > Number(captured.amount)) throw tooLarge({ id });
      const refund: RefundView = {
        id: uuidv7(),
        paymentId: id,
        amount: amount ?? captured,
        reason,
        state: 'pending',
        providerReference: null,
        requestedBy,
        createdAt: NOW,
      };
      this.refundRows.push(refund);
      return refund;
    },
    listMethods: async (_scope, accountId) => ({
      items: this.methodRows.filter((row) => row.accountId === accountId),
      nextCursor: null,
    }),
    setUpMethod: async () => ({
      provider: 'fake',
      clientAction: { kind: 'client-secret', clientSecret: 'seti_1_secret_2' },
    }),
    topUpByCard: async (_scope, accountId, { amount, paymentMethodId }) => ({
      payment: this.add({ accountId, paymentMethodId, amount, state: 'needs-action' }),
      clientAction: { kind: 'client-secret', clientSecret: 'pi_1_secret_2' },
    }),
  };

  #find(scope: AccessScope, id: string): PaymentView {
    const found = this.rows.find((row) => row.id === id);
    if (found === undefined || !this.#sees(scope)) throw notFound({ id });
    return found;
  }

  #sees(scope: AccessScope): boolean {
    if (scope.kind === 'organizations') return scope.organizationIds.includes(this.#organizationId);
    return scope.kind === 'everything';
  }
}
