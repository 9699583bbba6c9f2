import assert from 'node:assert/strict';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { NO_LIMITS } from '@voltpile/csms/contract/funds-port';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import { type AccountsBench, createAccountsBench } from '../testing/accounts-bench.ts';
import { pricedIn } from '../testing/settlement-bench.ts';
import { badHoldAmount } from './funds.ts';

const HOUR_MS = 3_600_000;

describe('funds', () => {
  let bench: AccountsBench;
  beforeEach(async () => {
    bench = await createAccountsBench();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const reserve = (accountRef: string | null, more: object = {}) =>
    bench.service.funds.reserve(bench.request(accountRef, more));
  const granted = (amount: string, currency = 'EUR') => ({
    outcome: 'granted',
    limits: { ...NO_LIMITS, amount: { amount, currency } },
  });
  const refused = (reason: string) => ({ outcome: 'refused', reason });
  const walletOf = async (accountId: string) => {
    const { available, held } = await bench.service.wallets.get(EVERYTHING, accountId);
    return [available.amount, held.amount];
  };

  it('are no question where there is no account, and none for who pays later', async () => {
    assert.deepEqual(await reserve(null), { outcome: 'granted', limits: NO_LIMITS });
    const later = await bench.addAccount({ paymentMode: 'postpaid' });
    assert.deepEqual(await reserve(later), { outcome: 'granted', limits: NO_LIMITS });
    assert.deepEqual(await walletOf(later), ['0.00', '0.00']);
  });

  it('are refused to who is blocked, unknown, or of another organisation', async () => {
    const blocked = await bench.addAccount({ status: 'blocked' });
    await bench.fill(blocked, 10_000n);
    const foreign = await bench.addAccount({ organizationId: bench.otherOrganizationId });
    for (const ref of [blocked, foreign, uuidv7(), 'somebody']) {
      assert.deepEqual(await reserve(ref), refused('account-blocked'), ref);
    }
  });

  it('are set aside from the wallet: the usual amount, or all that is there', async () => {
    const ann = await bench.addAccount();
    assert.deepEqual(await reserve(ann), refused('no-credit'));
    await bench.fill(ann, 99n);
    assert.deepEqual(await reserve(ann), refused('no-credit'));
    await bench.fill(ann, 6901n);
    assert.deepEqual(await reserve(ann), granted('50.00'));
    assert.deepEqual(await walletOf(ann), ['20.00', '50.00']);
    assert.deepEqual(await reserve(ann), granted('20.00'));
    assert.deepEqual(await reserve(ann), refused('no-credit'));
    assert.deepEqual(await bench.findings(), []);
  });

  it('grow while a charge runs, up to the usual amount, when somebody pays in', async () => {
    const ann = await bench.addAccount();
    await bench.fill(ann, 300n);
    const intentId = uuidv7();
    await reserve(ann, { intentId });
    const { limits, payments, wallets } = bench.service;
    const limit = async () => (await limits.of([intentId]))?.amountMinor;
    assert.deepEqual([await limit(), await walletOf(ann)], [300n, ['0.00', '3.00']]);
    const pay = (amount: string) =>
      wallets.topUp(EVERYTHING, ann, { amount: { amount, currency: 'EUR' }, reason: 'Cash', idempotencyKey: amount });
    await pay('7.00');
    // Several processes may price it at once.
    assert.deepEqual(await Promise.all([limit(), limit(), limit()]), [1000n, 1000n, 1000n]);
    assert.deepEqual(await walletOf(ann), ['0.00', '10.00']);
    await pay('60.00');
    assert.deepEqual([await limit(), await walletOf(ann)], [5000n, ['20.00', '50.00']]);
    assert.deepEqual([await reserve(ann, { intentId }), await limit()], [granted('50.00'), 5000n]);
    assert.deepEqual(await bench.findings(), []);
    await bench.test.knex.transaction((trx) => payments.release(trx, [intentId], bench.clock.now()));
    assert.deepEqual([await limit(), await walletOf(ann)], [5000n, ['70.00', '0.00']]);
    assert.deepEqual(await bench.findings(), []);
  });

  it('do not grow by what pays a debt, or of what another charge has been given', async () => {
    const ann = await bench.addAccount();
    await bench.fill(ann, 300n);
    const intents = [uuidv7(), uuidv7()] as const;
    await reserve(ann, { intentId: intents[0] });
    await bench.fill(ann, 400n);
    await reserve(ann, { intentId: intents[1] });
    const { limits, wallets } = bench.service;
    const owing = [
      { account: { kind: 'receivable', accountId: ann }, debitMinor: 500n },
      { account: { kind: 'revenue' }, debitMinor: -500n },
    ] as const;
    await bench.post(bench.entry(owing, { kind: 'charge' }));
    const amount = { amount: '7.00', currency: 'EUR' };
    await wallets.topUp(EVERYTHING, ann, { amount, reason: 'Cash', idempotencyKey: 'late' });
    assert.equal((await limits.of([intents[0]]))?.amountMinor, 500n);
    assert.equal((await limits.of([intents[1]]))?.amountMinor, 400n);
    assert.equal((await limits.of(intents))?.amountMinor, 900n);
    assert.deepEqual(await bench.findings(), []);
  });

  it('tell for which intents something is set aside, page by page', async () => {
    const ann = await bench.addAccount();
    await bench.fill(ann, 13_000n);
    const intents = [uuidv7(), uuidv7(), uuidv7()].sort();
    for (const intentId of intents) await reserve(ann, { intentId });
    const { held } = bench.service;
    assert.deepEqual(await held.intents(null, 2), intents.slice(0, 2));
    assert.deepEqual(await held.intents(intents[1] ?? null, 2), intents.slice(2));
    const [first = ''] = intents;
    await bench.test.knex.transaction((trx) => bench.service.payments.release(trx, [first], bench.clock.now()));
    assert.deepEqual(await held.intents(null, 10), intents.slice(1));
  });

  it('are in the currency of the account', async () => {
    for (const [currency, filled, held] of [
      ['JPY', 1000n, '50'],
      ['KWD', 100_000n, '50.000'],
    ] as const) {
      const account = await bench.addAccount({ currency });
      await bench.fill(account, filled, currency);
      assert.deepEqual(await reserve(account), granted(held, currency));
    }
  });

  it('are refused where a wallet would pay in another currency than what is charged: nothing could limit it', async () => {
    const ann = await bench.addAccount({ currency: 'USD' });
    await bench.fill(ann, 100_000n, 'USD');
    bench.tariff = pricedIn('EUR');
    assert.deepEqual(await reserve(ann, { stationId: 'CP-7', evseId: 2 }), refused('other-currency'));
    assert.deepEqual(await walletOf(ann), ['1000.00', '0.00']);
    const [question] = bench.questions;
    assert.deepEqual(
      [question?.stationId, question?.evseId, question?.accountId, question?.partnerId],
      ['CP-7', 2, ann, null],
    );
    // Who pays later gets an invoice in that currency.
    const later = await bench.addAccount({ currency: 'USD', paymentMode: 'postpaid' });
    assert.deepEqual(await reserve(later), { outcome: 'granted', limits: NO_LIMITS });
    bench.tariff = pricedIn('USD');
    assert.deepEqual(await reserve(ann), granted('50.00', 'USD'));
    bench.tariff = null;
    assert.deepEqual(await reserve(ann), granted('50.00', 'USD'));
  });

  it('are refused to who showed a card before it was known at which EVSE, and charges at one in another currency', async () => {
    const ann = await bench.addAccount();
    await bench.fill(ann, 7000n);
    const request = bench.request(ann);
    assert.deepEqual(await bench.service.funds.reserve(request), granted('50.00'));
    bench.tariff = pricedIn('CHF');
    assert.deepEqual(await bench.service.funds.reserve({ ...request, evseId: 1 }), refused('other-currency'));
  });

  it('are set aside once for an intent, however often and by however many at once it is asked about', async () => {
    const ann = await bench.addAccount();
    await bench.fill(ann, 7000n);
    const request = bench.request(ann);
    const answers = await Promise.all(Array.from({ length: 12 }, () => bench.service.funds.reserve(request)));
    for (const answer of answers) assert.deepEqual(answer, granted('50.00'));
    assert.deepEqual(await walletOf(ann), ['20.00', '50.00']);
    await bench.test.knex.transaction((trx) =>
      bench.service.payments.release(trx, [request.intentId], bench.clock.now()),
    );
    assert.deepEqual(await bench.service.funds.reserve(request), granted('50.00'));
    assert.deepEqual(await walletOf(ann), ['70.00', '0.00']);
  });

  it('are set aside of one account for an intent, whoever else names it', async () => {
    const [ann, bob] = [await bench.addAccount(), await bench.addAccount()];
    for (const account of [ann, bob]) await bench.fill(account, 10_000n);
    for (const atOnce of [true, false]) {
      const intentId = uuidv7();
      const ask = (account: string) => () => reserve(account, { intentId });
      const asks = [ask(ann), ask(bob), ask(ann), ask(bob)];
      const answers = atOnce ? await Promise.all(asks.map((each) => each())) : [];
      if (!atOnce) for (const each of asks) answers.push(await each());
      const outcomes = answers.map(({ outcome }) => outcome);
      assert.deepEqual(outcomes.slice(0, 2).sort(), ['granted', 'refused']);
      assert.deepEqual(outcomes.slice(2), outcomes.slice(0, 2));
    }
    const held = await Promise.all([ann, bob].map(async (account) => Number((await walletOf(account))[1])));
    assert.equal(
      held.reduce((sum, each) => sum + each),
      100,
    );
    assert.deepEqual(await bench.findings(), []);
  });

  it('are not given twice where two piles ask at the same moment', async () => {
    const ann = await bench.addAccount();
    await bench.fill(ann, 5000n);
    const answers = await Promise.all(Array.from({ length: 8 }, () => reserve(ann)));
    assert.deepEqual(
      answers.filter(({ outcome }) => outcome === 'granted'),
      [granted('50.00')],
    );
    assert.deepEqual(await bench.findings(), []);
  });

  it('limit what may be spent on a charge', async () => {
    const ann = await bench.addAccount();
    await bench.fill(ann, 7000n);
    const [one, two] = [bench.request(ann), bench.request(ann)];
    for (const request of [one, two]) await bench.service.funds.reserve(request);
    const { limits } = bench.service;
    assert.equal(await limits.of([]), null);
    assert.equal(await limits.of([uuidv7()]), null);
    assert.deepEqual(await limits.of([one.intentId, two.intentId]), { amountMinor: 7000n, currency: 'EUR' });
  });

  it('follow the settings', async () => {
    await using other = await createAccountsBench({ funds: { holdAmount: '30.5', minimumAmount: '0.005' } });
    const ann = await other.addAccount();
    assert.deepEqual(await other.service.funds.reserve(other.request(ann)), refused('no-credit'));
    await other.fill(ann, 3051n);
    assert.deepEqual(await other.service.funds.reserve(other.request(ann)), granted('30.50'));
    assert.deepEqual(await other.service.funds.reserve(other.request(ann)), granted('0.01'));
    for (const funds of [{ holdAmount: '0' }, { holdAmount: 'much' }, { holdAmount: '1', minimumAmount: '2' }]) {
      await assert.rejects(createAccountsBench({ funds }), badHoldAmount.is);
    }
  });

  describe('that nobody needs any more', () => {
    const job = ({ service }: AccountsBench): Job =>
      service.jobs.find(({ name }) => name === 'billing.release-stale-holds') as Job;
    const run = (of: AccountsBench) => job(of).run(new AbortController().signal);

    it('are given back after a day', async () => {
      const ann = await bench.addAccount();
      await bench.fill(ann, 5000n);
      const request = bench.request(ann);
      await bench.service.funds.reserve(request);
      bench.clock.advance(23 * HOUR_MS);
      await run(bench);
      assert.deepEqual(await walletOf(ann), ['0.00', '50.00']);
      // A card that is shown again renews its intent.
      await bench.service.funds.reserve(request);
      bench.clock.advance(23 * HOUR_MS);
      await run(bench);
      assert.deepEqual(await walletOf(ann), ['0.00', '50.00']);
      bench.clock.advance(2 * HOUR_MS);
      await run(bench);
      assert.deepEqual(await walletOf(ann), ['50.00', '0.00']);
      assert.deepEqual(await bench.findings(), []);
    });

    it('are given back after an hour where it is known which charges are open', async () => {
      const open = new Map<string, string>();
      const openCharges = {
        ofIntents: async (intentIds: readonly string[]) =>
          intentIds.flatMap((intentId) => {
            const transactionId = open.get(intentId);
            return transactionId === undefined ? [] : [{ intentId, transactionId }];
          }),
      };
      await using other = await createAccountsBench({ openCharges });
      const ann = await other.addAccount();
      await other.fill(ann, 1_000_000n);
      // More than are asked about at once.
      const requests = Array.from({ length: 130 }, () => other.request(ann));
      for (const request of requests) await other.service.funds.reserve(request);
      const charged = requests.filter((_, index) => index % 10 === 0);
      for (const { intentId } of charged) open.set(intentId, uuidv7());
      other.clock.advance(HOUR_MS + 1);
      await run(other);
      const { items } = await other.service.wallets.holds(EVERYTHING, ann, { state: 'open' }, { limit: 200 });
      assert.deepEqual(
        new Map(items.map(({ intentId, transactionId }) => [intentId, transactionId])),
        new Map([...open].toReversed()),
      );
      assert.deepEqual(await other.findings(), []);
    });
  });
});
