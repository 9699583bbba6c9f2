import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import fc from 'fast-check';
import { PAYMENT_STATES, type PaymentState } from '../contract/payments.ts';
import { entriesOfPayment } from './payment-entries.ts';
import type { ProviderPayment } from './payment-provider.ts';
import { canMove, fail, lose, observe, type Payment, TRANSITIONS, want } from './payment-state.ts';

const payment: Payment = {
  id: uuidv7(),
  organizationId: uuidv7(),
  accountId: uuidv7(),
  purpose: 'charge',
  intentId: uuidv7(),
  cdrId: null,
  provider: 'model',
  providerRef: null,
  methodId: uuidv7(),
  currency: 'EUR',
  requestedMinor: 1000n,
  isDriverPresent: false,
  authorizedMinor: 0n,
  capturedMinor: 0n,
  feeMinor: null,
  feeCurrency: null,
  state: 'authorizing',
  wanted: 'hold',
  captureMinor: null,
  increaseRefused: false,
  decline: null,
  failure: null,
  createdAt: instant(0),
  updatedAt: instant(0),
};

const seen = (state: ProviderPayment['state'], facts: Partial<ProviderPayment> = {}): ProviderPayment => ({
  providerRef: 'pay_1',
  paymentId: payment.id,
  state,
  currency: 'EUR',
  authorizedMinor: state === 'authorized' || state === 'captured' ? 1000n : 0n,
  capturedMinor: state === 'captured' ? 700n : 0n,
  fee: null,
  decline: null,
  clientAction: null,
  refunds: null,
  ...facts,
});

describe('the states of a payment', () => {
  it('lead nowhere back', () => {
    const reachable = (from: PaymentState, known = new Set<PaymentState>()): Set<PaymentState> => {
      for (const to of TRANSITIONS[from]) {
        if (known.has(to)) continue;
        known.add(to);
        reachable(to, known);
      }
      return known;
    };
    for (const state of PAYMENT_STATES) assert.ok(!reachable(state).has(state), state);
    for (const end of ['captured', 'cancelled'] as const) assert.deepEqual(TRANSITIONS[end], []);
  });

  it('follow what the provider says, and old news change nothing', () => {
    const captured = observe(payment, seen('captured'));
    assert.deepEqual([captured.state, captured.capturedMinor], ['captured', 700n]);
    for (const old of ['authorized', 'needs-action', 'declined', 'cancelled', 'processing'] as const) {
      assert.deepEqual(observe(captured, seen(old, { capturedMinor: 1n })), captured, old);
    }
    const late = observe(fail(payment, 'never-arrived'), seen('authorized'));
    assert.deepEqual([late.state, late.failure], ['authorized', null]);
    assert.equal(lose(captured).state, 'captured');
  });

  it('begin what is wanted once something is held; the first word counts', () => {
    const wish = { wanted: 'capture', cdrId: uuidv7(), amountMinor: 300n } as const;
    const waiting = want(lose(payment), wish);
    assert.deepEqual([waiting.state, waiting.captureMinor], ['unknown', 300n]);
    assert.equal(observe(waiting, seen('authorized')).state, 'capturing');
    assert.equal(want(waiting, { wanted: 'cancel' }), waiting);
    const refused = want(observe(payment, seen('authorized')), { wanted: 'cancel' });
    assert.equal(refused.state, 'cancelling');
    assert.equal(want(refused, wish), refused);
  });

  it('book one capture and one fee, in whatever order things are told', () => {
    const news = fc.array(
      fc.record({
        state: fc.constantFrom<ProviderPayment['state']>(
          'processing',
          'needs-action',
          'authorized',
          'captured',
          'cancelled',
          'declined',
        ),
        fee: fc.option(fc.constant({ amountMinor: 5n, currency: 'EUR' })),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(news, (told) => {
        let now: Payment = payment;
        const keys: string[] = [];
        for (const { state, fee } of told) {
          const after = observe(now, seen(state, { fee }));
          assert.ok(after.state === now.state || canMove(now.state, after.state));
          for (const { idempotencyKey, postings } of entriesOfPayment(now, after, instant(0))) {
            keys.push(idempotencyKey);
            assert.equal(
              postings.reduce((sum, { debitMinor }) => sum + debitMinor, 0n),
              0n,
            );
          }
          now = after;
        }
        assert.equal(new Set(keys).size, keys.length);
        assert.equal(keys.includes(`payment:${payment.id}:capture`), now.state === 'captured');
      }),
    );
  });

  it('book no fee in a currency that is not the payment’s', () => {
    const after = observe(payment, seen('captured', { fee: { amountMinor: 5n, currency: 'USD' } }));
    assert.equal(after.feeMinor, 5n);
    assert.deepEqual(
      entriesOfPayment(payment, after, instant(0)).map(({ kind }) => kind),
      ['capture'],
    );
  });
});
