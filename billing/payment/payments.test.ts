import assert from 'node:assert/strict';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { uuidv7 } from '@voltpile/kernel/ids';
import { createTestDatabase } from '@voltpile/platform/testing/test-database';
import fc from 'fast-check';
import { createLedger } from '../ledger/ledger.ts';
import { billingMigrations } from '../persistence/migrations.ts';
import { listPayments, toPayment } from './persistence/payments-repository.ts';
import { cancelForIntent, captureForCharge } from './testing/carry-out.ts';
import { type Fate, ModelProvider } from './testing/model-provider.ts';
import { Killed, type PaymentBench, startPaymentBench } from './testing/payment-bench.ts';

describe('payments', () => {
  const hold = (bench: PaymentBench, intentId = uuidv7(), amountMinor = 5000n) =>
    bench.payments.authorizeForIntent({
      organizationId: bench.organizationId,
      accountId: bench.accountId,
      intentId,
      amountMinor,
      currency: 'EUR',
      paymentMethodId: bench.methodId,
    });
  const topUp = (bench: PaymentBench, idempotencyKey: string = uuidv7(), amountMinor = 2000n) =>
    bench.payments.topUp({
      organizationId: bench.organizationId,
      accountId: bench.accountId,
      amountMinor,
      currency: 'EUR',
      paymentMethodId: bench.methodId,
      idempotencyKey,
    });
  const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;
  const atProvider = (bench: PaymentBench) => bench.balance({ kind: 'provider', provider: bench.provider.name });
  const ofAccount = (bench: PaymentBench, kind: 'wallet' | 'receivable') =>
    bench.balance({ kind, accountId: bench.accountId });

  it('hold, capture a part, and learn the fee', async () => {
    await using bench = await startPaymentBench();
    const intentId = uuidv7();
    const { payment } = await hold(bench, intentId);
    assert.equal(payment.state, 'authorized');
    const cdrId = uuidv7();
    const captured = await captureForCharge(bench, { intentId, cdrId, amountMinor: 1234n });
    assert.equal(captured?.state, 'captured');
    assert.equal(captured?.capturedMinor, 1234n);
    assert.equal(captured?.cdrId, cdrId);
    await bench.sweep();
    assert.equal(await atProvider(bench), 1231n);
    assert.equal(await bench.balance({ kind: 'fees' }), 3n);
    assert.equal(await ofAccount(bench, 'receivable'), -1234n);
    assert.equal(await bench.sweep(60), 0);
  });

  it('are the same when they are asked for again, and refused with another content', async () => {
    await using bench = await startPaymentBench();
    const intentId = uuidv7();
    const [one, other] = await Promise.all([hold(bench, intentId), hold(bench, intentId)]);
    assert.equal(one.payment.id, other.payment.id);
    await assert.rejects(hold(bench, intentId, 1n), code('payment.key_reused'));
    const capture = { intentId, cdrId: uuidv7(), amountMinor: 100n };
    await Promise.all([captureForCharge(bench, capture), captureForCharge(bench, capture)]);
    assert.equal((await captureForCharge(bench, capture))?.state, 'captured');
    await assert.rejects(captureForCharge(bench, { ...capture, amountMinor: 101n }), code('payment.other_capture'));
    assert.deepEqual(bench.provider.captures, [1]);
  });

  it('raise what is held before more than that is captured', async () => {
    await using bench = await startPaymentBench();
    const intentId = uuidv7();
    await hold(bench, intentId, 1000n);
    const captured = await captureForCharge(bench, { intentId, cdrId: uuidv7(), amountMinor: 1500n });
    assert.equal(captured?.capturedMinor, 1500n);
    assert.equal(captured?.authorizedMinor, 1500n);
  });

  it('capture what is held when it cannot be raised', async () => {
    for (const incremental of [true, false]) {
      await using bench = await startPaymentBench(new ModelProvider({ incremental }));
      const intentId = uuidv7();
      await hold(bench, intentId, 1000n);
      if (incremental) bench.provider.fates.push('declined');
      const captured = await captureForCharge(bench, { intentId, cdrId: uuidv7(), amountMinor: 1500n });
      assert.equal(captured?.state, 'captured');
      assert.equal(captured?.capturedMinor, 1000n);
    }
  });

  it('let go of what is held when nothing was consumed or the start was refused', async () => {
    await using bench = await startPaymentBench();
    const [first, second] = [uuidv7(), uuidv7()];
    await hold(bench, first);
    await hold(bench, second);
    const nothing = { intentId: first, cdrId: uuidv7(), amountMinor: 0n };
    assert.equal((await captureForCharge(bench, nothing))?.state, 'cancelled');
    assert.equal((await captureForCharge(bench, nothing))?.state, 'cancelled');
    assert.equal((await cancelForIntent(bench, second))?.state, 'cancelled');
    const late = await captureForCharge(bench, { intentId: second, cdrId: uuidv7(), amountMinor: 5n });
    assert.equal(late?.state, 'cancelled');
    assert.equal(await cancelForIntent(bench, uuidv7()), undefined);
    assert.deepEqual(bench.provider.captures, [0, 0]);
    assert.equal(await ofAccount(bench, 'receivable'), 0n);
  });

  it('that are declined, or whose provider is away, charge nobody', async () => {
    await using bench = await startPaymentBench();
    bench.provider.fates.push('declined', 'away');
    const { payment } = await hold(bench);
    assert.equal(payment.state, 'declined');
    assert.deepEqual(payment.decline, { reason: 'declined', code: 'model' });
    const failed = await hold(bench);
    assert.equal(failed.payment.state, 'failed');
    assert.equal(failed.payment.failure, 'provider-unavailable');
    assert.equal(await bench.sweep(), 0);
  });

  it('whose answer was lost are found out', async () => {
    await using bench = await startPaymentBench();
    bench.provider.fates.push('lost-after');
    const intentId = uuidv7();
    assert.equal((await hold(bench, intentId)).payment.state, 'unknown');
    await bench.sweep();
    assert.equal((await bench.payments.findForIntent(intentId))?.state, 'authorized');

    bench.provider.fates.push('lost-before');
    const never = uuidv7();
    assert.equal((await hold(bench, never)).payment.state, 'unknown');
    await bench.sweep(1);
    assert.equal((await bench.payments.findForIntent(never))?.state, 'unknown');
    await bench.sweep(2);
    assert.equal((await bench.payments.findForIntent(never))?.state, 'failed');

    bench.provider.fates.push('lost-before');
    const again = uuidv7();
    await hold(bench, again);
    assert.equal((await hold(bench, again)).payment.state, 'authorized', 'asked again under the same key');
  });

  it('end within two minutes once a provider is back that was away', async () => {
    await using bench = await startPaymentBench();
    bench.provider.fates.push('lost-before', 'lost-after');
    const never = (await topUp(bench)).payment;
    const paid = (await topUp(bench)).payment;
    const wait = async (minutes: number): Promise<void> => {
      for (let quarters = 0; quarters < minutes * 4; quarters++) await bench.sweep(0.25);
    };
    const states = async () => Promise.all([never, paid].map(async ({ id }) => (await bench.payments.get(id)).state));
    for (const outage of [1, 20]) {
      const away = Array.from({ length: 1000 }, () => 'away' as const);
      bench.provider.fates.push(...away);
      await wait(outage);
      assert.deepEqual(await states(), ['unknown', 'unknown']);
      bench.provider.fates.length = 0;
      if (outage === 1) continue;
      await wait(1);
    }
    assert.deepEqual(await states(), ['failed', 'captured']);
  });

  it('that are unknown when the charge is over are captured, or let go, once they are known', async () => {
    await using bench = await startPaymentBench();
    const [paid, refused] = [uuidv7(), uuidv7()];
    bench.provider.fates.push('lost-after', 'lost-after');
    await hold(bench, paid);
    await hold(bench, refused);
    const waiting = await captureForCharge(bench, { intentId: paid, cdrId: uuidv7(), amountMinor: 700n });
    assert.equal(waiting?.state, 'unknown');
    await cancelForIntent(bench, refused);
    await bench.sweep();
    assert.equal((await bench.payments.findForIntent(paid))?.state, 'captured');
    assert.equal((await bench.payments.findForIntent(refused))?.state, 'cancelled');
    assert.equal(bench.provider.capturedMinor, 700n);
  });

  it('survive a process that is killed before and after each request', async () => {
    for (const moment of ['before', 'after'] as const) {
      await using bench = await startPaymentBench();
      const intentId = uuidv7();
      bench.killAt(moment);
      await assert.rejects(hold(bench, intentId), Killed);
      assert.equal((await hold(bench, intentId)).payment.state, 'authorizing', 'somebody may still be at it');
      bench.clock.advance(5 * 60_000);
      assert.equal((await hold(bench, intentId)).payment.state, 'authorized');
      bench.killAt(moment);
      const capture = { intentId, cdrId: uuidv7(), amountMinor: 321n };
      await assert.rejects(captureForCharge(bench, capture), Killed);
      await bench.sweep();
      assert.equal((await bench.payments.findForIntent(intentId))?.state, 'captured');
      assert.deepEqual(bench.provider.captures, [1]);
      assert.equal(await ofAccount(bench, 'receivable'), -321n);
    }
  });

  it('are not given up when the process that began them died and the provider is away', async () => {
    await using bench = await startPaymentBench();
    bench.killAt('after');
    await assert.rejects(topUp(bench, 'one'), Killed);
    bench.clock.advance(5 * 60_000);
    bench.provider.fates.push('away');
    assert.equal((await topUp(bench, 'one')).payment.state, 'unknown');
    await bench.sweep();
    assert.equal((await topUp(bench, 'one')).payment.state, 'captured');
    assert.equal(await ofAccount(bench, 'wallet'), -2000n);
  });

  it('that the provider lets go by itself are known to be gone', async () => {
    await using bench = await startPaymentBench();
    const intentId = uuidv7();
    await hold(bench, intentId);
    bench.provider.expireAll();
    const captured = await captureForCharge(bench, { intentId, cdrId: uuidv7(), amountMinor: 9n });
    assert.equal(captured?.state, 'cancelled');
    assert.equal(captured?.capturedMinor, 0n);
  });

  it('fill the wallet, and give the money back', async () => {
    await using bench = await startPaymentBench();
    const { payment } = await topUp(bench, 'one');
    assert.equal((await topUp(bench, 'one')).payment.id, payment.id);
    assert.equal(payment.state, 'captured');
    assert.equal(await ofAccount(bench, 'wallet'), -2000n);
    const refund = await bench.payments.refund(payment.id, 500n, 'Goodwill', 'r1');
    assert.equal(refund.state, 'succeeded');
    assert.equal((await bench.payments.refund(payment.id, 500n, 'Goodwill', 'r1')).id, refund.id);
    await assert.rejects(bench.payments.refund(payment.id, 501n, 'Goodwill', 'r1'), code('payment.key_reused'));
    await assert.rejects(bench.payments.refund(payment.id, 1501n, 'More', 'r2'), code('payment.refund_too_large'));
    await assert.rejects(bench.payments.refund(payment.id, 0n, 'None', 'r3'), code('payment.bad_amount'));
    await bench.payments.refund(payment.id, undefined, 'The rest', 'r4');
    assert.equal(await ofAccount(bench, 'wallet'), 0n);
    await assert.rejects(bench.payments.refund(payment.id, undefined, 'Again', 'r5'), code('payment.refund_too_large'));
    await bench.sweep();
    assert.equal(await atProvider(bench), bench.provider.balanceMinor);
  });

  it('pay what is owed first when they fill the wallet', async () => {
    await using bench = await startPaymentBench();
    const { organizationId, accountId } = bench;
    await bench.database.knex.transaction((trx) =>
      createLedger().post(trx, {
        organizationId,
        currency: 'EUR',
        kind: 'charge',
        idempotencyKey: uuidv7(),
        reference: { type: 'account', id: accountId },
        at: bench.clock.now(),
        description: 'A charge',
        postings: [
          { account: { kind: 'receivable', accountId }, debitMinor: 700n },
          { account: { kind: 'revenue' }, debitMinor: -700n },
        ],
      }),
    );
    await topUp(bench);
    assert.deepEqual([await ofAccount(bench, 'wallet'), await ofAccount(bench, 'receivable')], [-1300n, 0n]);
    assert.deepEqual(await bench.findings(), []);
  });

  it('are refunded once, whatever is lost or killed; a refund that cannot be given goes back into the wallet', async () => {
    await using bench = await startPaymentBench();
    const { payment } = await topUp(bench);
    bench.provider.fates.push('lost-after', 'lost-before');
    assert.equal((await bench.payments.refund(payment.id, 100n, 'Lost', 'a')).state, 'pending');
    assert.equal((await bench.payments.refund(payment.id, 200n, 'Never arrived', 'b')).state, 'pending');
    for (const moment of ['before', 'after'] as const) {
      bench.killAt(moment);
      await assert.rejects(bench.payments.refund(payment.id, 300n, 'Killed', moment), Killed);
    }
    await bench.sweep();
    assert.equal(await ofAccount(bench, 'wallet'), -1100n);
    assert.equal(await atProvider(bench), bench.provider.balanceMinor);
    bench.provider.fates.push('declined');
    assert.equal((await bench.payments.refund(payment.id, 100n, 'Refused', 'c')).state, 'failed');
    assert.equal(await ofAccount(bench, 'wallet'), -1100n);
    assert.deepEqual(await bench.findings(), []);
  });

  it('take nothing from a notification: they ask the provider, and only where it tells news', async () => {
    await using bench = await startPaymentBench();
    const { provider } = bench;
    provider.fates.push('declined');
    const { payment } = await topUp(bench);
    assert.equal(payment.state, 'declined');
    const told = provider.told.at(-1);
    assert.ok(told?.subject.kind === 'payment');
    const lie = {
      ...told.subject.payment,
      state: 'captured' as const,
      capturedMinor: 999_900n,
      authorizedMinor: 999_900n,
    };
    const tell = (eventId: string, subject: (typeof provider.told)[number]['subject']) => {
      provider.told.push({ ...told, eventId, subject });
      return bench.tell(provider.told.length - 1);
    };
    const reads = provider.reads;
    assert.equal(await tell('lie', { kind: 'payment', payment: lie }), 'stale');
    assert.equal(await tell('lie', { kind: 'payment', payment: lie }), 'again');
    assert.equal(provider.reads, reads + 1);
    assert.equal(await ofAccount(bench, 'wallet'), 0n);
    assert.equal((await bench.payments.get(payment.id)).state, 'declined');

    const paid = (await topUp(bench)).payment;
    const refund = { providerRef: 're_lie', refundId: null, amountMinor: 2000n, state: 'succeeded' as const };
    assert.equal(await tell('re', { kind: 'refund', paymentRef: paid.providerRef ?? '', refund }), 'stale');
    assert.equal(await ofAccount(bench, 'wallet'), -2000n);
    const other = { ...lie, paymentId: paid.id, providerRef: paid.providerRef ?? '', currency: 'USD' };
    assert.equal(await tell('usd', { kind: 'payment', payment: other }), 'not-ours');
    // What is known already costs no request.
    const before = provider.reads;
    assert.equal(
      await bench.tell(
        provider.told.findIndex(
          ({ subject }) => subject.kind === 'payment' && subject.payment.providerRef === paid.providerRef,
        ),
      ),
      'stale',
    );
    assert.equal(provider.reads, before);
    assert.deepEqual(await bench.findings(), []);
  });

  it('take a notification when it comes again where the provider could not be asked', async () => {
    await using bench = await startPaymentBench();
    const { provider } = bench;
    provider.fates.push('lost-after');
    const { payment } = await topUp(bench);
    assert.equal(payment.state, 'unknown');
    const last = provider.told.length - 1;
    provider.fates.push('away');
    await assert.rejects(bench.tell(last), code('payment.provider_unavailable'));
    assert.equal((await bench.payments.get(payment.id)).state, 'unknown');
    assert.equal(await bench.tell(last), 'applied');
    assert.equal(await bench.tell(last), 'again');
    assert.equal(await ofAccount(bench, 'wallet'), -2000n);
  });

  it('take only a card of the account, and amounts that can be paid', async () => {
    await using bench = await startPaymentBench();
    await assert.rejects(topUp(bench, 'x', 0n), code('payment.bad_amount'));
    await assert.rejects(topUp(bench, 'x', 100_000_000n), code('payment.bad_amount'));
    const { organizationId, methodId: paymentMethodId } = bench;
    const facts = { organizationId, amountMinor: 5n, currency: 'EUR', idempotencyKey: 'y' };
    await assert.rejects(
      bench.payments.topUp({ ...facts, accountId: uuidv7(), paymentMethodId }),
      code('payment.method_not_found'),
    );
    await assert.rejects(
      bench.payments.topUp({ ...facts, organizationId: uuidv7(), accountId: bench.accountId, paymentMethodId }),
      code('payment.method_not_found'),
    );
    const { payment } = await hold(bench);
    await assert.rejects(bench.payments.refund(payment.id, 1n, 'x', 'y'), code('payment.not_captured'));
    await assert.rejects(bench.payments.refund(uuidv7(), 1n, 'x', 'y'), code('payment.not_found'));
  });

  it('end in one capture at most and books that agree, whatever happens in whatever order', async function () {
    this.timeout(60_000);
    await using database = await createTestDatabase({ migrations: [billingMigrations] });
    type Act =
      | { do: 'hold' | 'capture' | 'cancel' | 'sweep' | 'expire' | 'wait' }
      | { do: 'refund'; key: number }
      | { do: 'tell'; which: number }
      | { do: 'kill'; moment: 'before' | 'after' }
      | { do: 'fate'; fate: Fate };
    const act: fc.Arbitrary<Act> = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom<Act>({ do: 'hold' }, { do: 'capture' }, { do: 'sweep' }) },
      fc.constantFrom<Act>({ do: 'cancel' }, { do: 'expire' }, { do: 'wait' }),
      fc.record({ do: fc.constant('refund' as const), key: fc.nat(2) }),
      { weight: 2, arbitrary: fc.record({ do: fc.constant('tell' as const), which: fc.nat(20) }) },
      fc.record({ do: fc.constant('kill' as const), moment: fc.constantFrom('before' as const, 'after' as const) }),
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('fate' as const),
          fate: fc.constantFrom<Fate>('lost-before', 'lost-after', 'away', 'declined'),
        }),
      },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { minLength: 3, maxLength: 25 }),
        fc.boolean(),
        fc.boolean(),
        async (acts, isSmall, isTopUp) => {
          await using bench = await startPaymentBench(new ModelProvider(), database);
          const [intentId, cdrId] = [uuidv7(), uuidv7()];
          const find = async () => {
            const [row] = await listPayments(bench.database.knex, EVERYTHING, { accountId: bench.accountId }, null, 1);
            return row === undefined ? undefined : toPayment(row);
          };
          const carryOut = async (next: Act): Promise<void> => {
            switch (next.do) {
              case 'hold':
                await (isTopUp ? topUp(bench, intentId, 1000n) : hold(bench, intentId, 1000n));
                return;
              case 'capture':
                await captureForCharge(bench, { intentId, cdrId, amountMinor: isSmall ? 800n : 1200n });
                return;
              case 'cancel':
                await cancelForIntent(bench, intentId);
                return;
              case 'refund': {
                const payment = await find();
                if (payment !== undefined) await bench.payments.refund(payment.id, 100n, 'x', String(next.key));
                return;
              }
              case 'sweep':
                await bench.sweep();
                return;
              case 'wait':
                bench.clock.advance(5 * 60_000);
                return;
              case 'expire':
                bench.provider.expireAll();
                return;
              case 'tell':
                if (bench.provider.told.length > 0) await bench.tell(next.which % bench.provider.told.length);
                return;
              case 'kill':
                bench.killAt(next.moment);
                return;
              case 'fate':
                bench.provider.fates.push(next.fate);
            }
          };
          for (const next of acts) {
            await carryOut(next).catch((error: unknown) => {
              const isRefusal = /^payment\.(not_captured|refund_too_large|provider_unavailable)$/.test(
                (error as { code?: string }).code ?? '',
              );
              if (!(error instanceof Killed) && !isRefusal) throw error;
            });
          }
          bench.provider.fates.length = 0;
          // A kill that is still to come is swallowed by the sweeper, which finds the payment again.
          for (let round = 0; round < 8; round++) await bench.sweep(90);
          const payment = await find();
          assert.ok(bench.provider.captures.every((count) => count <= 1));
          assert.ok(bench.provider.captures.length <= 1);
          assert.deepEqual(await bench.findings(), []);
          assert.equal(await atProvider(bench), bench.provider.balanceMinor);
          assert.equal(payment?.capturedMinor ?? 0n, bench.provider.capturedMinor);
          const resting = ['authorized', 'captured', 'cancelled', 'declined', 'failed', undefined];
          assert.ok(resting.includes(payment?.state), payment?.state);
        },
      ),
      { numRuns: 150 },
    );
  });
});
