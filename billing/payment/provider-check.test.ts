import assert from 'node:assert/strict';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { Payment } from './payment-state.ts';
import { type PaymentBench, startPaymentBench } from './testing/payment-bench.ts';

describe('the comparison of payments with their provider', () => {
  const sound = { problems: [], unanswered: null };
  const topUp = async (bench: PaymentBench): Promise<Payment & { providerRef: string }> => {
    const { payment } = await bench.payments.topUp({
      organizationId: bench.organizationId,
      accountId: bench.accountId,
      amountMinor: 2000n,
      currency: 'EUR',
      paymentMethodId: bench.methodId,
      idempotencyKey: uuidv7(),
    });
    return { ...payment, providerRef: payment.providerRef ?? '' };
  };
  /** As somebody who may write to the database. */
  const forge = (bench: PaymentBench, id: string, change: object) =>
    bench.database
      .knex('billing.payments')
      .where({ id })
      .update({ provider_checked_at: null, ...change });

  it('asks once about what has changed', async () => {
    await using bench = await startPaymentBench();
    bench.provider.fates.push('fine', 'declined', 'away');
    const payment = await topUp(bench);
    await topUp(bench);
    await topUp(bench);
    assert.deepEqual(await bench.askProvider(), sound);
    assert.equal(bench.provider.reads, 3);
    assert.deepEqual(await bench.askProvider(), sound);
    assert.equal(bench.provider.reads, 3, 'nothing has changed');
    await bench.payments.refund(payment.id, 500n, 'Goodwill', 'one');
    assert.deepEqual(await bench.askProvider(), sound);
    assert.equal(bench.provider.reads, 4);
  });

  it('finds money that is here and not there, and the other way round', async () => {
    await using bench = await startPaymentBench();
    bench.provider.fates.push('declined', 'declined', 'fine', 'fine', 'away');
    const [lie, other, short, unknown, failed] = [
      await topUp(bench),
      await topUp(bench),
      await topUp(bench),
      await topUp(bench),
      await topUp(bench),
    ];
    assert.equal(failed.state, 'failed');
    await forge(bench, lie.id, {
      state: 'captured',
      captured_minor: 999_900,
      decline_reason: null,
      decline_code: null,
    });
    bench.provider.alter(other.providerRef, { state: 'captured', capturedMinor: 2000n });
    bench.provider.alter(short.providerRef, { capturedMinor: 1500n });
    await forge(bench, unknown.id, { provider_ref: 'pay_none', provider_checked_at: null });
    const { problems, unanswered } = await bench.askProvider();
    assert.equal(unanswered, null);
    assert.deepEqual(
      [...problems].sort(),
      [
        `payment ${lie.id} is captured over 999900 minor units of EUR; the provider says declined, 0 captured`,
        `payment ${other.id} is declined; the provider says captured, 2000 minor units captured`,
        `payment ${short.id} is captured over 2000 minor units of EUR; the provider says 1500`,
        `payment ${unknown.id} is pay_none in EUR; the provider tells of ${unknown.providerRef} in EUR, which is for ${unknown.id}`,
      ].sort(),
    );
    assert.ok((await bench.findings()).some((finding) => finding.startsWith('payments-as-asked-for')));
    // What is news is taken; what contradicts the books is found again.
    await bench.sweep();
    assert.equal((await bench.payments.get(other.id)).state, 'captured');
    const again = (await bench.askProvider()).problems.join('\n');
    assert.match(again, new RegExp(lie.id));
    assert.doesNotMatch(again, new RegExp(other.id));
  });

  it('finds what was given back at the provider only, and waits for refunds that are under way', async () => {
    await using bench = await startPaymentBench();
    const payment = await topUp(bench);
    bench.provider.fates.push('lost-before');
    await bench.payments.refund(payment.id, 300n, 'Lost', 'one');
    assert.deepEqual(await bench.askProvider(), sound);
    await bench.sweep();
    assert.deepEqual(await bench.askProvider(), sound);
    const { id, providerRef } = payment;
    bench.provider.alter(providerRef, {}, [
      { providerRef: 're_by_hand', refundId: null, amountMinor: 100n, state: 'succeeded' },
    ]);
    await forge(bench, id, {});
    const problem = `payment ${id} has 300 minor units of EUR given back; the provider says 400`;
    assert.deepEqual((await bench.askProvider()).problems, [problem]);
    await bench.sweep();
    assert.deepEqual(await bench.askProvider(), sound, 'the sweeper has taken it into the books');
  });

  it('says what it could not ask about, and asks the next time', async () => {
    await using bench = await startPaymentBench();
    for (let count = 0; count < 3; count++) await topUp(bench);
    bench.provider.fates.push('away', 'lost-before', 'away');
    assert.deepEqual(await bench.askProvider(), {
      problems: [],
      unanswered: '3 of 3 payments are still to be asked about: the provider did not answer',
    });
    const limits = { most: 2, timeMs: 1000 };
    const unanswered = '1 of 3 payments are still to be asked about';
    assert.deepEqual(await bench.askProvider(limits), { problems: [], unanswered });
    assert.deepEqual(await bench.askProvider({ most: 2, timeMs: 0 }), {
      problems: [],
      unanswered: '1 of 1 payments are still to be asked about',
    });
    assert.deepEqual(await bench.askProvider(limits), sound);
  });

  it('gives up a provider that is away', async () => {
    await using bench = await startPaymentBench();
    for (let count = 0; count < 20; count++) await topUp(bench);
    bench.provider.fates.push(...Array.from({ length: 20 }, () => 'away' as const));
    const { problems, unanswered } = await bench.askProvider();
    assert.deepEqual(problems, []);
    assert.match(unanswered ?? '', /^20 of 20 /);
    assert.ok(bench.provider.reads < 10, `${bench.provider.reads} requests`);
  });
});
