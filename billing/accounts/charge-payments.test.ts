import assert from 'node:assert/strict';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { uuidv7 } from '@voltpile/kernel/ids';
import { toMoney } from '../money/minor-units.ts';
import type { NewCdr } from '../settlement/charge-record.ts';
import { type AccountsBench, createAccountsBench } from '../testing/accounts-bench.ts';
import { takeFromWallet } from './take-from-wallet.ts';

describe('payments of charges from wallets', () => {
  let bench: AccountsBench;
  let ann: string;
  beforeEach(async () => {
    bench = await createAccountsBench();
    ann = await bench.addAccount();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  /** What a record must have to be paid. */
  const record = (minor: bigint, more: Partial<NewCdr> = {}): NewCdr => {
    const facts: Partial<NewCdr> = {
      id: uuidv7(),
      kind: minor < 0n ? 'credit' : 'charge',
      organizationId: bench.organizationId,
      stationId: 'CP1',
      accountId: ann,
      energyWh: 1000,
      currency: 'EUR',
      exclVat: null,
      inclVat: toMoney(minor, 'EUR'),
      creditsCdrId: null,
      ...more,
    };
    return facts as NewCdr;
  };
  const settle = (cdr: NewCdr, intentIds: readonly string[] = []) =>
    bench.test.knex.transaction(async (trx) => {
      const at = bench.clock.now();
      const { payments } = bench.service;
      await (cdr.kind === 'credit' ? payments.credit(trx, cdr, at) : payments.charge(trx, [{ cdr, intentIds }], at));
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

  it('take once for one thing, and never more than the wallet has for many', async () => {
    await bench.fill(ann, 1000n);
    const take = (id: string, amountMinor: bigint) =>
      bench.test.knex.transaction((trx) =>
        takeFromWallet(bench.ledger, trx, {
          organizationId: bench.organizationId,
          accountId: ann,
          currency: 'EUR',
          amountMinor,
          reference: { type: 'cdr', id },
          at: bench.clock.now(),
        }),
      );
    const id = uuidv7();
    assert.deepEqual(await Promise.all(Array.from({ length: 5 }, () => take(id, 300n))), [
      300n,
      300n,
      300n,
      300n,
      300n,
    ]);
    assert.deepEqual(await standing(), ['7.00', '0.00', '-3.00']);
    const taken = await Promise.all(Array.from({ length: 20 }, () => take(uuidv7(), 90n)));
    assert.equal(
      taken.reduce((sum, minor) => sum + minor, 0n),
      700n,
    );
    assert.deepEqual([await take(uuidv7(), 1n), await take(uuidv7(), 0n), await take(uuidv7(), -5n)], [0n, 0n, 0n]);
    assert.deepEqual(await bench.findings(), []);
  });
});
