import assert from 'node:assert/strict';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { WalletsPort } from '../contract/wallets.ts';
import { keyReused } from '../ledger/ledger.ts';
import { badAmount } from '../money/minor-units.ts';
import { type AccountsBench, createAccountsBench } from '../testing/accounts-bench.ts';
import { accountNotFound } from './accounts-service.ts';
import { badTopUp, wrongCurrency } from './wallets-service.ts';

describe('wallets', () => {
  let bench: AccountsBench;
  let wallets: WalletsPort;
  let ann: string;
  beforeEach(async () => {
    bench = await createAccountsBench();
    wallets = bench.service.wallets;
    ann = await bench.addAccount();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const eur = (amount: string) => ({ amount, currency: 'EUR' });
  const topUp = (amount: string, idempotencyKey = uuidv7(), reason = 'Cash') =>
    wallets.topUp(EVERYTHING, ann, { amount: eur(amount), reason, idempotencyKey });

  it('are empty at first, and filled by hand', async () => {
    assert.deepEqual(await wallets.get(EVERYTHING, ann), {
      accountId: ann,
      available: eur('0.00'),
      held: eur('0.00'),
      owed: eur('0.00'),
      owedInOtherCurrencies: [],
    });
    const { isNew, wallet } = await topUp('60.5');
    assert.deepEqual([isNew, wallet.available], [true, eur('60.50')]);
    await bench.service.funds.reserve(bench.request(ann));
    const after = await wallets.get(EVERYTHING, ann);
    assert.deepEqual([after.available, after.held], [eur('10.50'), eur('50.00')]);
  });

  it('are filled once by a request that is repeated, at once or much later', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => topUp('5.00', 'key')));
    assert.equal(answers.filter(({ isNew }) => isNew).length, 1);
    bench.clock.advance(30 * 86_400_000);
    const late = await topUp('5', 'key');
    assert.deepEqual([late.isNew, late.wallet.available], [false, eur('5.00')]);
    await assert.rejects(topUp('6.00', 'key'), keyReused.is);
    await assert.rejects(topUp('5.00', 'key', 'Gift'), keyReused.is);
    // Keys belong to their accounts.
    const bob = await bench.addAccount();
    const given = { amount: eur('5.00'), reason: 'Cash', idempotencyKey: 'key' };
    assert.equal((await wallets.topUp(EVERYTHING, bob, given)).isNew, true);
  });

  it('pay what is owed first when they are filled, once', async () => {
    await bench.post(
      bench.entry([
        { account: { kind: 'receivable', accountId: ann }, debitMinor: 700n },
        { account: { kind: 'revenue' }, debitMinor: -700n },
      ]),
    );
    const standing = async () => {
      const { available, owed } = await wallets.get(EVERYTHING, ann);
      return [available.amount, owed.amount];
    };
    const { wallet } = await topUp('5.00', 'one');
    assert.deepEqual([wallet.available.amount, wallet.owed.amount], ['0.00', '2.00']);
    assert.equal((await topUp('5.00', 'one')).isNew, false);
    assert.deepEqual(await standing(), ['0.00', '2.00']);
    // However many come at once.
    await Promise.all(Array.from({ length: 6 }, () => topUp('1.00')));
    assert.deepEqual(await standing(), ['4.00', '0.00']);
    const { items } = await wallets.statement(EVERYTHING, ann, { limit: 100 });
    const paid = items.filter(({ kind }) => kind === 'wallet-payment').map(({ amount }) => amount.amount);
    assert.deepEqual(paid, ['-1.00', '-1.00', '-5.00']);
    assert.deepEqual(await bench.findings(), []);
  });

  it('take what is an amount of their currency', async () => {
    for (const amount of ['0', '-1', '0.00', '1000000.01']) await assert.rejects(topUp(amount), badTopUp.is, amount);
    for (const amount of ['1.234', 'x', '']) await assert.rejects(topUp(amount), badAmount.is, amount);
    const given = { amount: { amount: '1', currency: 'CNY' }, reason: 'Cash', idempotencyKey: 'key' };
    await assert.rejects(wallets.topUp(EVERYTHING, ann, given), wrongCurrency.is);
    await topUp('1000000.00');
    assert.equal((await wallets.get(EVERYTHING, ann)).available.amount, '1000000.00');
  });

  it('tell every movement, newest first, in pages', async () => {
    await topUp('60', 'one');
    await bench.service.funds.reserve(bench.request(ann));
    await topUp('1', 'two', 'Gift');
    const first = await wallets.statement(EVERYTHING, ann, { limit: 2 });
    const told = first.items.map(({ number, kind, description, amount, available }) => {
      return [number, kind, description, amount.amount, available.amount];
    });
    assert.deepEqual(told, [
      [3, 'top-up', 'Gift', '1.00', '11.00'],
      [2, 'hold', 'Set aside for a charge', '-50.00', '10.00'],
    ]);
    assert.ok(first.nextCursor);
    const rest = await wallets.statement(EVERYTHING, ann, { limit: 2, cursor: first.nextCursor });
    assert.deepEqual([rest.items.map(({ number }) => number), rest.nextCursor], [[1], null]);
    assert.deepEqual(rest.items[0]?.reference, { type: 'account', id: ann });
    const nobodys = await wallets.statement(EVERYTHING, await bench.addAccount(), { limit: 2 });
    assert.deepEqual(nobodys, { items: [], nextCursor: null });
  });

  it('list what is set aside', async () => {
    await topUp('120');
    const [one, two] = [bench.request(ann), bench.request(ann)];
    for (const request of [one, two]) await bench.service.funds.reserve(request);
    await bench.test.knex.transaction((trx) => bench.service.payments.release(trx, [one.intentId], bench.clock.now()));
    const list = async (state?: 'open' | 'released') =>
      (await wallets.holds(EVERYTHING, ann, { state }, { limit: 10 })).items.map((hold) => [hold.intentId, hold.state]);
    assert.deepEqual(await list(), [
      [two.intentId, 'open'],
      [one.intentId, 'released'],
    ]);
    assert.deepEqual(await list('open'), [[two.intentId, 'open']]);
    const first = await wallets.holds(EVERYTHING, ann, {}, { limit: 1 });
    assert.ok(first.nextCursor);
    const rest = await wallets.holds(EVERYTHING, ann, {}, { limit: 1, cursor: first.nextCursor });
    assert.equal(rest.items[0]?.intentId, one.intentId);
  });

  it('are seen by those of their organisation only', async () => {
    const scope = { kind: 'organizations', organizationIds: [bench.otherOrganizationId] } as const;
    const page = { limit: 10 };
    const given = { amount: eur('1'), reason: 'Cash', idempotencyKey: 'key' };
    await assert.rejects(wallets.get(scope, ann), accountNotFound.is);
    await assert.rejects(wallets.topUp(scope, ann, given), accountNotFound.is);
    await assert.rejects(wallets.statement(scope, ann, page), accountNotFound.is);
    await assert.rejects(wallets.holds(scope, ann, {}, page), accountNotFound.is);
  });
});
