import assert from 'node:assert/strict';
import fc from 'fast-check';
import { amountNotPayable } from '../payment-provider.ts';
import { fromStripeAmount, maxStripeMinor, payableByStripe, toStripeAmount } from './stripe-amount.ts';

describe('amounts at Stripe', () => {
  it('are minor units, but for the currencies that Stripe counts in its own way', () => {
    const table: [bigint, string, number][] = [
      [1234n, 'EUR', 1234],
      [1234n, 'CNY', 1234],
      [1234n, 'JPY', 1234],
      // No minor units by ISO 4217, two places at Stripe.
      [500n, 'ISK', 50_000],
      [500n, 'UGX', 50_000],
      // Three places, of which the last is 0.
      [1230n, 'KWD', 1230],
    ];
    for (const [minor, currency, amount] of table) {
      assert.equal(toStripeAmount(minor, currency), amount, currency);
      assert.equal(fromStripeAmount(amount, currency), minor, currency);
    }
  });

  it('that Stripe cannot take are refused, and cut to what it can', () => {
    assert.throws(() => toStripeAmount(1234n, 'KWD'), amountNotPayable.is);
    assert.throws(() => toStripeAmount(0n, 'EUR'), amountNotPayable.is);
    assert.throws(() => toStripeAmount(100_000_000n, 'EUR'), amountNotPayable.is);
    assert.equal(payableByStripe(1239n, 'KWD'), 1230n);
    assert.equal(payableByStripe(1239n, 'EUR'), 1239n);
    assert.equal(maxStripeMinor('ISK'), 999_999n);
  });

  it('come back as they went', () => {
    const currency = fc.constantFrom('EUR', 'CNY', 'JPY', 'ISK', 'UGX', 'KWD', 'MGA', 'HUF', 'USD');
    fc.assert(
      fc.property(currency, fc.bigInt({ min: 1n, max: 999_999n }), (code, minor) => {
        const payable = payableByStripe(minor, code);
        assert.ok(payable <= minor && minor - payable < 100n);
        if (payable > 0n) assert.equal(fromStripeAmount(toStripeAmount(payable, code), code), payable);
      }),
    );
  });
});
