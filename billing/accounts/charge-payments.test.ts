import assert from 'node:assert/strict';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { NewCdr } from '../settlement/charge-record.ts';
import { type AccountsBench, createAccountsBench } from '../testing/accounts-bench.ts';
import { recordOfCharge } from '../testing/record-of-charge.ts';

describe('payments of charges from wallets', () => {
  let bench: AccountsBench;
  let ann: string;
  beforeEach(async () => {
    bench = await createAccountsBench();
    ann = await bench.addAccount();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const record = (minor: bigint, more: Partial<NewCdr> = {}): NewCdr =>
    recordOfCharge({ id: uuidv7(), organizationId: bench.organizationId, accountId: ann, minor, ...more });
  const settle = (cdr: NewCdr, intentIds: readonly string[] = []) =>
    bench.test.knex.transaction(async (trx) => {
      const at = bench.clock.now();
      const { payments } = bench.service;
      await (cdr.kind === 'credit'
        ? payments.credit(trx, { cdr, intentIds }, at)
        : payments.charge(trx, [{ cdr, intentIds }], at));
    });
  const standing = async (accountId = ann) => {
    const { available, held, owed } = await bench.service.wallets.get(EVERYTHING, accountId);
    return [available.amount, held.amount, owed.amount];
  };

  it('give back what was held, then take what is due', async () => {
    await bench.fill(ann, 6000n);
    const requests = [bench.request(ann), bench.request(ann)];
    for (const request of requests) await bench.service.funds.reserve(request);
    assert.deepEqual(await standing(), ['0.00', '60.00', '0.00']);
    await settle(record(1234n), requests.map(({ intentId }) => intentId).toReversed());
    assert.deepEqual(await standing(), ['47.66', '0.00', '0.00']);
    assert.deepEqual(await bench.findings(), []);
  });

  it('take what there is; the rest is owed', async () => {
    await bench.fill(ann, 1000n);
    await settle(record(1234n));
    assert.deepEqual(await standing(), ['0.00', '0.00', '2.34']);
    await settle(record(500n));
    assert.deepEqual(await standing(), ['0.00', '0.00', '7.34']);
  });

  it('leave alone who pays later, and who has no account', async () => {
    const later = await bench.addAccount({ paymentMode: 'postpaid' });
    await bench.fill(later, 1000n);
    await settle(record(300n, { accountId: later }));
    assert.deepEqual(await standing(later), ['10.00', '0.00', '3.00']);
    await settle(record(300n, { accountId: null }));
    assert.equal(await bench.balance({ kind: 'receivable', accountId: null }), 300n);
  });

  it('give back what the wallet has paid for a record that is taken back', async () => {
    await bench.fill(ann, 1000n);
    const paid = record(600n);
    await settle(paid);
    const half = record(600n);
    await settle(half);
    assert.deepEqual(await standing(), ['0.00', '0.00', '2.00']);
    await settle(record(-600n, { creditsCdrId: half.id }));
    assert.deepEqual(await standing(), ['4.00', '0.00', '0.00']);
    await settle(record(-600n, { creditsCdrId: paid.id }));
    assert.deepEqual(await standing(), ['10.00', '0.00', '0.00']);
    assert.deepEqual(await bench.findings(), []);
  });

  it('give back what a top-up has paid of it later, or what was paid otherwise', async () => {
    const { wallets } = bench.service;
    await bench.fill(ann, 400n);
    const cdr = record(600n);
    await settle(cdr);
    assert.deepEqual(await standing(), ['0.00', '0.00', '2.00']);
    const given = { amount: { amount: '5.00', currency: 'EUR' }, reason: 'Cash', idempotencyKey: uuidv7() };
    await wallets.topUp(EVERYTHING, ann, given);
    assert.deepEqual(await standing(), ['3.00', '0.00', '0.00']);
    await settle(record(-600n, { creditsCdrId: cdr.id }));
    assert.deepEqual(await standing(), ['9.00', '0.00', '0.00']);
    assert.deepEqual(await bench.findings(), []);
  });

  it('use up what was paid too much before they take from the wallet', async () => {
    await bench.fill(ann, 1000n);
    await bench.post(
      bench.entry([
        { account: { kind: 'provider', provider: 'bank-transfer' }, debitMinor: 250n },
        { account: { kind: 'receivable', accountId: ann }, debitMinor: -250n },
      ]),
    );
    await settle(record(200n));
    assert.deepEqual(await standing(), ['10.00', '0.00', '-0.50']);
    await settle(record(200n));
    assert.deepEqual(await standing(), ['8.50', '0.00', '0.00']);
    assert.deepEqual(await bench.findings(), []);
  });

  it('leave to who pays later what was paid too much', async () => {
    const later = await bench.addAccount({ paymentMode: 'postpaid' });
    const cdr = record(600n, { accountId: later });
    await settle(cdr);
    const given = { amount: { amount: '6.00', currency: 'EUR' }, reason: 'Bank', idempotencyKey: uuidv7() };
    await bench.service.wallets.topUp(EVERYTHING, later, given);
    await settle(record(-600n, { accountId: later, creditsCdrId: cdr.id }));
    assert.deepEqual(await standing(later), ['0.00', '0.00', '-6.00']);
  });

  it('leave what is due in another currency to be owed in it, and give back what was held', async () => {
    await bench.fill(ann, 6000n);
    const request = bench.request(ann);
    await bench.service.funds.reserve(request);
    const inFrancs = { currency: 'CHF', inclVat: { amount: '12.34', currency: 'CHF' } };
    const cdr = record(1234n, inFrancs);
    await settle(cdr, [request.intentId]);
    assert.deepEqual(await standing(), ['60.00', '0.00', '0.00']);
    const owed = async () => (await bench.service.wallets.get(EVERYTHING, ann)).owedInOtherCurrencies;
    assert.deepEqual(await owed(), [inFrancs.inclVat]);
    assert.equal(await bench.balance({ kind: 'revenue' }, 'CHF'), -1234n);
    assert.deepEqual(await bench.findings(), []);
    await settle(
      record(-1234n, { currency: 'CHF', inclVat: { amount: '-12.34', currency: 'CHF' }, creditsCdrId: cdr.id }),
    );
    assert.deepEqual(await owed(), []);
    assert.deepEqual(await standing(), ['60.00', '0.00', '0.00']);
    assert.deepEqual(await bench.findings(), []);
  });

  it('have nothing to give back where the wallet had nothing', async () => {
    const cdr = record(600n);
    await settle(cdr);
    await settle(record(-600n, { creditsCdrId: cdr.id }));
    assert.deepEqual(await standing(), ['0.00', '0.00', '0.00']);
  });

  it('release what is held once, also for two at the same moment', async () => {
    await bench.fill(ann, 5000n);
    const request = bench.request(ann);
    await bench.service.funds.reserve(request);
    const intents = [request.intentId, request.intentId, uuidv7()];
    await Promise.all(
      Array.from({ length: 5 }, () =>
        bench.test.knex.transaction((trx) => bench.service.payments.release(trx, intents, bench.clock.now())),
      ),
    );
    assert.deepEqual(await standing(), ['50.00', '0.00', '0.00']);
    assert.deepEqual(await bench.findings(), []);
  });

  it('take what a record is about once, whoever comes twice', async () => {
    await bench.fill(ann, 1000n);
    const cdr = record(300n);
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => settle(cdr)));
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', ...Array(4).fill('rejected')]);
    assert.deepEqual(await standing(), ['7.00', '0.00', '0.00']);
  });

  it('never take more than the wallet has, for many at the same moment', async () => {
    await bench.fill(ann, 700n);
    await Promise.all(Array.from({ length: 20 }, () => settle(record(90n))));
    assert.deepEqual(await standing(), ['0.00', '0.00', '11.00']);
    await settle(record(0n));
    assert.deepEqual(await bench.findings(), []);
  });
});
