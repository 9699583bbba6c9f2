import assert from 'node:assert/strict';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { NO_LIMITS } from '@voltpile/csms/contract/funds-port';
import { uuidv7 } from '@voltpile/kernel/ids';
import { captureUnderWay } from '../payment/card-charges.ts';
import { CardBench } from '../testing/card-bench.ts';
import { pricedIn } from '../testing/settlement-bench.ts';
import { debtBeingCaptured, moreThanOwed } from './received-payments.ts';

const MINUTE_MS = 60_000;

describe('charges by card', () => {
  let bench: CardBench;
  beforeEach(async () => {
    bench = await CardBench.open();
  });
  afterEach('the books are sound', async () => {
    // Providers tell their fee a moment later.
    await bench.sweep();
    assert.deepEqual(await bench.findings(), []);
    await bench[Symbol.asyncDispose]();
  });

  const granted = (amount: string) => ({
    outcome: 'granted',
    limits: { ...NO_LIMITS, amount: { amount, currency: 'EUR' } },
  });
  const refused = (reason: string) => ({ outcome: 'refused', reason });
  const stateOf = async (intentId: string) => {
    const { state, capturedMinor } = await bench.payment(intentId);
    return [state, capturedMinor];
  };
  const decide = async (transactionId: string, decision: Parameters<typeof bench.settlements.decide>[2]) => {
    const decided = await bench.settlements.decide(EVERYTHING, transactionId, decision, 'ops@example.com');
    await bench.room.idle();
    return decided;
  };

  describe('before they begin', () => {
    it('hold the usual amount on the card, once, however often it is asked about', async () => {
      const { id } = await bench.addAccount();
      const { intentId, decision } = await bench.reserve(id);
      assert.deepEqual(decision, granted('50.00'));
      const again = { ...bench.request(id), intentId };
      assert.deepEqual(await bench.accounts.funds.reserve(again), granted('50.00'));
      assert.deepEqual(await bench.others.funds.reserve(again), granted('50.00'));
      assert.deepEqual([bench.provider.begun, bench.provider.states], [1, ['authorized']]);
      assert.deepEqual(await bench.accounts.held.intents(null, 10), [intentId]);
      assert.deepEqual(await bench.accounts.held.intents(intentId, 10), []);
    });

    it('hold it once for two that ask at the same moment', async () => {
      const { id } = await bench.addAccount();
      const request = bench.request(id);
      const answers = await Promise.all(Array.from({ length: 5 }, () => bench.accounts.funds.reserve(request)));
      for (const answer of answers) assert.deepEqual(answer, granted('50.00'));
      assert.equal(bench.provider.begun, 1);
    });

    it('tell two processes that are asked at the same moment the same', async () => {
      const { id } = await bench.addAccount();
      for (let race = 0; race < 5; race++) {
        const request = bench.request(id);
        const [one, other] = await Promise.all(
          [bench.accounts, bench.others].map(({ funds }) => funds.reserve(request)),
        );
        assert.deepEqual(one, other);
        await Promise.all([bench.accounts.stop(), bench.others.stop()]);
        const { state, wanted } = await bench.payment(request.intentId);
        if (one?.outcome === 'granted') assert.deepEqual([state, wanted], ['authorized', 'hold']);
        else assert.equal(wanted, 'cancel');
      }
      await bench.sweep();
      assert.equal(bench.provider.begun, 5);
    });

    it('are refused by who has no card, by the bank, and by a provider that is away', async () => {
      const { id: nobody } = await bench.addAccount({ cards: 0 });
      assert.deepEqual((await bench.reserve(nobody)).decision, refused('no-credit'));
      const { id } = await bench.addAccount();
      for (const [fate, reason] of [
        ['declined', 'no-credit'],
        ['away', 'unavailable'],
      ] as const) {
        bench.provider.fates.push(fate);
        const { intentId, decision } = await bench.reserve(id);
        assert.deepEqual(decision, refused(reason));
        const again = { ...bench.request(id), intentId };
        assert.deepEqual(await bench.accounts.funds.reserve(again), refused(reason));
      }
      assert.deepEqual(bench.provider.states, ['declined']);
      await bench.database.knex('billing.accounts').where({ id }).update({ status: 'blocked' });
      assert.deepEqual((await bench.reserve(id)).decision, refused('account-blocked'));
    });

    it('are refused when the answer is lost, and what turns out to be held is let go', async () => {
      const { id } = await bench.addAccount();
      bench.provider.fates.push('lost-after');
      const { intentId, decision } = await bench.reserve(id);
      assert.deepEqual(decision, refused('unavailable'));
      assert.deepEqual(bench.provider.states, ['authorized']);
      await bench.sweep();
      assert.deepEqual(bench.provider.states, ['cancelled']);
      const again = { ...bench.request(id), intentId };
      assert.deepEqual(await bench.accounts.funds.reserve(again), refused('unavailable'));
      assert.deepEqual([bench.provider.begun, await stateOf(intentId)], [1, ['cancelled', 0n]]);
    });

    it('do not let a station wait for a bank that is slow', async () => {
      await using slow = await CardBench.open({ cardWaitMs: 1 });
      const { id } = await slow.addAccount();
      const { promise, resolve } = Promise.withResolvers<void>();
      slow.provider.open = promise;
      const { intentId, decision } = await slow.reserve(id);
      assert.deepEqual(decision, refused('unavailable'));
      assert.equal((await slow.payment(intentId)).state, 'authorizing');
      resolve();
      await slow.accounts.stop();
      assert.deepEqual([slow.provider.begun, slow.provider.states], [1, ['cancelled']]);
      assert.equal((await slow.payment(intentId)).state, 'cancelled');
      assert.deepEqual(await slow.findings(), []);
    });

    it('are held on the card that the account has chosen, otherwise on its newest', async () => {
      const { id, cards } = await bench.addAccount({ cards: 3 });
      const held = async () => (await bench.payment((await bench.reserve(id)).intentId)).methodId;
      assert.equal(await held(), cards[2]);
      const change = { defaultPaymentMethodId: cards[1] };
      assert.equal(
        (await bench.accounts.accounts.update(EVERYTHING, id, change)).defaultPaymentMethodId,
        change.defaultPaymentMethodId,
      );
      assert.equal(await held(), cards[1]);
      // It is not saved any more.
      await bench.saveCards(id, 1);
      assert.equal(await held(), cards[0]);
      await assert.rejects(bench.accounts.accounts.update(EVERYTHING, id, { defaultPaymentMethodId: cards[2] }), {
        code: 'payment.method_not_found',
      });
      const { cards: foreign } = await bench.addAccount();
      await assert.rejects(bench.accounts.accounts.update(EVERYTHING, id, { defaultPaymentMethodId: foreign[0] }), {
        code: 'payment.method_not_found',
      });
    });

    it('that never begin hold nothing for long', async () => {
      const { id } = await bench.addAccount();
      const [never, asked, runs] = await Promise.all([bench.reserve(id), bench.reserve(id), bench.reserve(id)]);
      bench.begin(id, [runs.intentId], 100);
      bench.clock.advance(16 * MINUTE_MS);
      await bench.accounts.funds.reserve({ ...bench.request(id), intentId: asked.intentId });
      await bench.releaseStale();
      assert.deepEqual(await stateOf(never.intentId), ['cancelled', 0n]);
      assert.deepEqual(await stateOf(asked.intentId), ['authorized', 0n]);
      assert.deepEqual(await stateOf(runs.intentId), ['authorized', 0n]);
      bench.clock.advance(16 * MINUTE_MS);
      await bench.releaseStale();
      assert.deepEqual(await stateOf(asked.intentId), ['cancelled', 0n]);
      assert.deepEqual(await stateOf(runs.intentId), ['authorized', 0n]);
    });
  });

  it('may cost what is held on the card', async () => {
    const { id } = await bench.addAccount();
    const [one, two] = [await bench.reserve(id), await bench.reserve(id)];
    const { limits } = bench.accounts;
    assert.equal(await limits.of([uuidv7()]), null);
    assert.deepEqual(await limits.of([one.intentId]), { amountMinor: 5000n, currency: 'EUR' });
    assert.deepEqual(await limits.of([one.intentId, two.intentId]), { amountMinor: 10_000n, currency: 'EUR' });
    bench.provider.fates.push('declined');
    const { intentId } = await bench.reserve(id);
    assert.equal(await limits.of([intentId]), null);
    // The bank does not hold it any more: nothing is left to spend.
    bench.provider.expireAll();
    await bench.sweep(25 * 60);
    assert.deepEqual(await limits.of([one.intentId]), { amountMinor: 0n, currency: 'EUR' });
  });

  describe('when they are settled', () => {
    it('take exactly what the record says', async () => {
      const { id } = await bench.addAccount();
      const { intentId } = await bench.reserve(id);
      await bench.charge(id, [intentId], 1234);
      assert.deepEqual(await stateOf(intentId), ['captured', 1234n]);
      assert.deepEqual([bench.provider.capturedMinor, bench.provider.captures], [1234n, [1]]);
      assert.equal(await bench.owed(id), 0n);
      const { cdrId } = await bench.payment(intentId);
      const { rows } = await bench.database.pool.query('select id, incl_vat_minor::int as due from billing.cdrs');
      assert.deepEqual(rows, [{ id: cdrId, due: 1234 }]);
    });

    it('take more than was held where that can be raised, and leave the rest owed where not', async () => {
      const { id } = await bench.addAccount();
      const [raised, short] = [await bench.reserve(id), await bench.reserve(id)];
      await bench.charge(id, [raised.intentId], 6000);
      assert.deepEqual(await stateOf(raised.intentId), ['captured', 6000n]);
      bench.provider.fates.push('declined');
      await bench.charge(id, [short.intentId], 6000);
      assert.deepEqual(await stateOf(short.intentId), ['captured', 5000n]);
      assert.equal(await bench.owed(id), 1000n);
    });

    it('let go of all where nothing was charged, or somebody writes it off', async () => {
      const { id } = await bench.addAccount();
      const [nothing, written] = [await bench.reserve(id), await bench.reserve(id)];
      await bench.charge(id, [nothing.intentId], 0);
      assert.deepEqual(await stateOf(nothing.intentId), ['cancelled', 0n]);
      const odd = { holds: ['meter-backwards'], billableEnergyWh: null };
      const transactionId = await bench.charge(id, [written.intentId], 500, odd);
      assert.deepEqual(await stateOf(written.intentId), ['authorized', 0n]);
      await decide(transactionId, { decision: 'write-off', reason: 'goodwill' });
      assert.deepEqual(await stateOf(written.intentId), ['cancelled', 0n]);
      assert.equal(await bench.owed(id), 0n);
    });

    for (const moment of ['before', 'after'] as const) {
      it(`capture once though the process dies ${moment} it asks for it`, async () => {
        const { id } = await bench.addAccount();
        const { intentId } = await bench.reserve(id);
        bench.kill(moment, 'capture');
        await bench.charge(id, [intentId], 700);
        assert.deepEqual(await stateOf(intentId), ['capturing', 0n]);
        assert.equal(await bench.owed(id), 700n);
        await bench.sweep();
        assert.deepEqual(await stateOf(intentId), ['captured', 700n]);
        assert.deepEqual([bench.provider.captures, await bench.owed(id)], [[1], 0n]);
      });
    }

    it('are all captured where many end at once and several settle them', async () => {
      const { id } = await bench.addAccount();
      const intents: string[] = [];
      for (let made = 0; made < 40; made++) intents.push((await bench.reserve(id)).intentId);
      await Promise.all(intents.map((intentId, index) => bench.charge(id, [intentId], 100 + index)));
      await bench.room.idle();
      for (const [index, intentId] of intents.entries()) {
        assert.deepEqual(await stateOf(intentId), ['captured', 100n + BigInt(index)]);
      }
      assert.equal(await bench.owed(id), 0n);
    });

    it('share out what several guns of one vehicle have cost', async () => {
      const { id } = await bench.addAccount();
      const intents = [await bench.reserve(id), await bench.reserve(id), await bench.reserve(id)].map(
        ({ intentId }) => intentId,
      );
      await bench.charge(id, intents, 2000);
      const captured = await Promise.all(intents.map(stateOf));
      assert.deepEqual(captured.toSorted(), [
        ['cancelled', 0n],
        ['captured', 1000n],
        ['captured', 5000n],
      ]);
      assert.equal(await bench.owed(id), 0n);
    });

    it('are refused where they are priced in another currency than that of the card', async () => {
      const { id } = await bench.addAccount({ currency: 'CNY' });
      const { intentId, decision } = await bench.reserve(id);
      assert.deepEqual(decision, { outcome: 'refused', reason: 'other-currency' });
      assert.equal(await bench.payments.findForIntent(intentId), undefined);
    });

    it('owe what has come to be due in another currency than that of the card', async () => {
      const { id } = await bench.addAccount({ currency: 'CNY' });
      const { tariff } = bench;
      bench.tariff = pricedIn('CNY');
      const { intentId } = await bench.reserve(id);
      bench.tariff = tariff;
      await bench.charge(id, [intentId], 700);
      assert.deepEqual(await stateOf(intentId), ['cancelled', 0n]);
      assert.equal(await bench.owed(id), 700n);
    });

    it('are paid the way they were begun, whatever the account has chosen meanwhile', async () => {
      const { id } = await bench.addAccount();
      const fill = { amount: { amount: '20.00', currency: 'EUR' }, reason: 'Cash', idempotencyKey: uuidv7() };
      await bench.accounts.wallets.topUp(EVERYTHING, id, fill);
      const { intentId: byCard } = await bench.reserve(id);
      await bench.accounts.accounts.update(EVERYTHING, id, { paymentMode: 'prepaid' });
      const { intentId: fromWallet } = await bench.reserve(id);
      await bench.charge(id, [byCard], 700);
      const available = async () => (await bench.accounts.wallets.get(EVERYTHING, id)).available.amount;
      assert.deepEqual([await stateOf(byCard), await available()], [['captured', 700n], '0.00']);
      await bench.accounts.accounts.update(EVERYTHING, id, { paymentMode: 'card' });
      await bench.charge(id, [fromWallet], 300);
      assert.deepEqual([await available(), await bench.owed(id)], ['17.00', 0n]);
    });
  });

  describe('that are corrected', () => {
    const charged = async (energyWh: number) => {
      const { id } = await bench.addAccount();
      const { intentId } = await bench.reserve(id);
      return { id, intentId, transactionId: await bench.charge(id, [intentId], energyWh) };
    };
    const refunds = async () =>
      (await bench.database.pool.query('select amount_minor::int as minor, state from billing.payment_refunds')).rows;

    it('give back what was too much', async () => {
      const { id, intentId, transactionId } = await charged(700);
      const { cdr } = await decide(transactionId, { decision: 'correct', energyWh: 400, reason: 'display' });
      assert.deepEqual(await refunds(), [{ minor: 300, state: 'succeeded' }]);
      assert.deepEqual([await bench.owed(id), (await bench.payment(intentId)).cdrId], [0n, cdr?.id]);
      await decide(transactionId, { decision: 'correct', energyWh: 500, reason: 'display, after all' });
      assert.equal(await bench.owed(id), 100n);
      await decide(transactionId, { decision: 'write-off', reason: 'goodwill' });
      assert.deepEqual(await refunds(), [
        { minor: 300, state: 'succeeded' },
        { minor: 400, state: 'succeeded' },
      ]);
      assert.equal(await bench.owed(id), 0n);
    });

    it('count what somebody has given back by hand', async () => {
      const { id, intentId, transactionId } = await charged(700);
      await bench.payments.refund((await bench.payment(intentId)).id, 200n, 'goodwill', uuidv7());
      assert.equal(await bench.owed(id), 200n);
      await decide(transactionId, { decision: 'correct', energyWh: 400, reason: 'display' });
      assert.deepEqual(
        (await refunds()).map(({ minor }) => minor),
        [200, 100],
      );
      assert.equal(await bench.owed(id), 0n);
    });

    it('give back once though the process dies over it', async () => {
      const { id, transactionId } = await charged(700);
      bench.kill('after', 'refund');
      await decide(transactionId, { decision: 'write-off', reason: 'goodwill' });
      assert.deepEqual(await refunds(), [{ minor: 700, state: 'pending' }]);
      await bench.sweep();
      assert.deepEqual(await refunds(), [{ minor: 700, state: 'succeeded' }]);
      assert.equal(await bench.owed(id), 0n);
    });

    const book = (accountId: string, amount: string) =>
      bench.accounts.receivedPayments.book(EVERYTHING, accountId, {
        ...{ amount: { amount, currency: 'EUR' }, method: 'cash', reference: 'Desk', receivedOn: '2026-03-01' },
        ...{ keepCredit: false, idempotencyKey: uuidv7(), recordedBy: 'ops@example.com' },
      });

    it('are not paid by hand as well while the card is about to pay', async () => {
      const { id } = await bench.addAccount();
      const { intentId } = await bench.reserve(id);
      bench.kill('before', 'capture');
      await bench.charge(id, [intentId], 700);
      // Nothing was held for this one.
      await bench.charge(id, [uuidv7()], 500);
      assert.deepEqual([await bench.owed(id), await stateOf(intentId)], [1200n, ['capturing', 0n]]);
      for (const amount of ['5.01', '12.00']) await assert.rejects(book(id, amount), debtBeingCaptured.is);
      await assert.rejects(book(id, '12.01'), moreThanOwed.is);
      await book(id, '5.00');
      await assert.rejects(book(id, '0.01'), debtBeingCaptured.is);
      await bench.sweep();
      assert.deepEqual([await bench.owed(id), await stateOf(intentId)], [0n, ['captured', 700n]]);
    });

    it('are not paid from the wallet as well while the card is about to pay', async () => {
      const { id } = await bench.addAccount();
      const { intentId } = await bench.reserve(id);
      bench.kill('before', 'capture');
      await bench.charge(id, [intentId], 700);
      // Nothing was held for this one.
      await bench.charge(id, [uuidv7()], 200);
      const amount = { amount: '10.00', currency: 'EUR' };
      await bench.accounts.wallets.topUp(EVERYTHING, id, { amount, reason: 'Desk', idempotencyKey: uuidv7() });
      assert.equal(await bench.owed(id), 700n);
      await bench.sweep();
      assert.equal(await bench.owed(id), 0n);
      assert.equal((await bench.accounts.wallets.get(EVERYTHING, id)).available.amount, '8.00');
    });

    it('are paid by hand when the card has not paid after all', async () => {
      const { id } = await bench.addAccount();
      const { intentId } = await bench.reserve(id);
      bench.provider.expireAll();
      await bench.charge(id, [intentId], 700);
      await bench.sweep();
      assert.deepEqual([await bench.owed(id), (await bench.payment(intentId)).wanted], [700n, 'capture']);
      await book(id, '7.00');
      assert.equal(await bench.owed(id), 0n);
    });

    it('have to wait until the card has paid', async () => {
      const { id } = await bench.addAccount();
      const { intentId } = await bench.reserve(id);
      bench.kill('before', 'capture');
      const transactionId = await bench.charge(id, [intentId], 700);
      const correct = { decision: 'correct', energyWh: 400, reason: 'display' } as const;
      await assert.rejects(decide(transactionId, correct), captureUnderWay.is);
      assert.equal((await bench.settlements.get(EVERYTHING, transactionId)).decisions.length, 0);
      await bench.sweep();
      await decide(transactionId, correct);
      assert.deepEqual(
        (await refunds()).map(({ minor }) => minor),
        [300],
      );
      assert.equal(await bench.owed(id), 0n);
    });
  });
});
