import assert from 'node:assert/strict';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { ReceivedPaymentInput, ReceivedPaymentsPort } from '../contract/received-payments.ts';
import { badAmount } from '../money/minor-units.ts';
import { type AccountsBench, createAccountsBench } from '../testing/accounts-bench.ts';
import { accountNotFound } from './accounts-service.ts';
import {
  alreadyReversed,
  badReceivedAmount,
  badReceivedDate,
  moreThanOwed,
  receivedKeyReused,
  receivedPaymentNotFound,
} from './received-payments.ts';

describe('received payments', () => {
  let bench: AccountsBench;
  let payments: ReceivedPaymentsPort;
  let fleet: string;
  beforeEach(async () => {
    bench = await createAccountsBench();
    payments = bench.service.receivedPayments;
    fleet = await bench.addAccount({ paymentMode: 'postpaid' });
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const owe = (minor: bigint, accountId = fleet, currency = 'EUR') =>
    bench.post(
      bench.entry(
        [
          { account: { kind: 'receivable', accountId }, debitMinor: minor },
          { account: { kind: 'revenue' }, debitMinor: -minor },
        ],
        { currency },
      ),
    );
  const book = (amount: string, more: Partial<ReceivedPaymentInput> = {}, accountId = fleet) =>
    payments.book(EVERYTHING, accountId, {
      amount: { amount, currency: 'EUR' },
      method: 'bank-transfer',
      reference: 'Statement 17, line 3',
      receivedOn: '2026-04-30',
      keepCredit: false,
      idempotencyKey: uuidv7(),
      recordedBy: 'fin@example.com',
      ...more,
    });
  const owed = async (accountId = fleet) => (await bench.service.wallets.get(EVERYTHING, accountId)).owed.amount;

  it('pay what is owed, and say who booked them, when and why', async () => {
    await owe(5000n);
    const { payment, isNew, wallet } = await book('12.34', { reference: ' Statement 17\ud800 ' });
    assert.deepEqual(payment, {
      id: payment.id,
      organizationId: bench.organizationId,
      accountId: fleet,
      amount: { amount: '12.34', currency: 'EUR' },
      method: 'bank-transfer',
      reference: 'Statement 17\ufffd',
      receivedOn: '2026-04-30',
      state: 'booked',
      entryId: payment.entryId,
      recordedBy: 'fin@example.com',
      recordedAt: '2026-05-01T12:00:00.000Z',
      reversal: null,
    });
    assert.deepEqual([isNew, wallet.owed.amount, await owed()], [true, '37.66', '37.66']);
    assert.equal(await bench.balance({ kind: 'provider', provider: 'bank-transfer' }), 1234n);
    assert.deepEqual(await payments.get(EVERYTHING, payment.id), payment);
    await book('37.66', { method: 'cash', receivedOn: '2026-05-02' });
    assert.deepEqual([await owed(), await bench.balance({ kind: 'provider', provider: 'cash' })], ['0.00', 3766n]);
    assert.deepEqual(await bench.findings(), []);
  });

  it('pay what a wallet could not, in whatever currency it is owed', async () => {
    const ann = await bench.addAccount();
    await owe(700n, ann);
    await owe(500n, ann, 'CHF');
    await book('7.00', {}, ann);
    const { wallet } = await book('5.00', { amount: { amount: '5.00', currency: 'CHF' } }, ann);
    assert.deepEqual([wallet.owed.amount, wallet.owedInOtherCurrencies], ['0.00', []]);
    assert.deepEqual(await bench.findings(), []);
  });

  it('are booked once for a key, at once or later', async () => {
    await owe(1000n);
    const same = { idempotencyKey: 'key' };
    const answers = await Promise.all(Array.from({ length: 8 }, () => book('4.00', same)));
    assert.equal(answers.filter(({ isNew }) => isNew).length, 1);
    assert.equal(new Set(answers.map(({ payment }) => payment.id)).size, 1);
    assert.equal(await owed(), '6.00');
    for (const other of [{ reference: 'Another' }, { method: 'cash' }, { receivedOn: '2026-04-29' }] as const) {
      await assert.rejects(book('4.00', { ...same, ...other }), receivedKeyReused.is);
    }
    await assert.rejects(book('4.01', same), receivedKeyReused.is);
    // Keys belong to their accounts.
    const other = await bench.addAccount();
    await owe(400n, other);
    assert.equal((await book('4.00', same, other)).isNew, true);
  });

  it('are refused when they are more than is owed, also for two at the same moment', async () => {
    await assert.rejects(book('0.01'), (error) => {
      assert.ok(moreThanOwed.is(error));
      assert.deepEqual(error.details, { owed: '0.00', currency: 'EUR' });
      return true;
    });
    await owe(1000n);
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => book('10.00')));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal(await owed(), '0.00');
    // Who pays from a wallet has no use for a credit.
    const ann = await bench.addAccount();
    await assert.rejects(book('1.00', { keepCredit: true }, ann), moreThanOwed.is);
    assert.deepEqual(await bench.findings(), []);
  });

  it('are kept as a credit of who pays later, where that is asked for', async () => {
    await owe(1000n);
    const { wallet } = await book('12.50', { keepCredit: true });
    assert.equal(wallet.owed.amount, '-2.50');
    await owe(300n);
    assert.equal(await owed(), '0.50');
  });

  it('are taken back by an entry the other way round, once', async () => {
    await owe(1000n);
    const { payment } = await book('4.00');
    const mistake = { reason: 'Of another customer', reversedBy: 'boss@example.com' };
    const outcomes = await Promise.allSettled(
      Array.from({ length: 4 }, () => payments.reverse(EVERYTHING, payment.id, mistake)),
    );
    const done = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    assert.equal(done.length, 1);
    const [{ payment: reversed, wallet }] = done as [(typeof done)[number]];
    assert.deepEqual([reversed.state, wallet.owed.amount], ['reversed', '10.00']);
    assert.deepEqual(reversed.reversal, {
      ...mistake,
      entryId: reversed.reversal?.entryId,
      reversedAt: '2026-05-01T12:00:00.000Z',
    });
    await assert.rejects(payments.reverse(EVERYTHING, payment.id, mistake), alreadyReversed.is);
    assert.equal(await bench.balance({ kind: 'provider', provider: 'bank-transfer' }), 0n);
    // It can be booked rightly then.
    await book('4.00');
    assert.deepEqual(await bench.findings(), []);
  });

  it('are amounts, of days that have begun', async () => {
    await owe(10_000_000n * 1000n);
    for (const amount of ['0', '-1', '10000000.01']) await assert.rejects(book(amount), badReceivedAmount.is, amount);
    for (const amount of ['1.234', 'x']) await assert.rejects(book(amount), badAmount.is, amount);
    for (const receivedOn of ['2026-05-03', '1999-12-31', '2026-02-30', '1.5.2026', '']) {
      await assert.rejects(book('1', { receivedOn }), badReceivedDate.is, receivedOn);
    }
  });

  it('are listed newest first, in pages, by account and state', async () => {
    await owe(1000n);
    const other = await bench.addAccount();
    await owe(1000n, other);
    const ids: string[] = [];
    for (const account of [fleet, other, fleet]) ids.push((await book('1.00', {}, account)).payment.id);
    const [first = '', second, third] = ids;
    await payments.reverse(EVERYTHING, first, { reason: 'Twice', reversedBy: 'x' });
    const listed = async (filter: object, page: object = {}) =>
      (await payments.list(EVERYTHING, filter, { limit: 10, ...page })).items.map(({ id }) => id);
    assert.deepEqual(await listed({}), [third, second, first]);
    assert.deepEqual(await listed({ accountId: fleet }), [third, first]);
    assert.deepEqual(await listed({ accountId: fleet, state: 'booked' }), [third]);
    assert.deepEqual(await listed({ state: 'reversed', organizationId: bench.organizationId }), [first]);
    const { nextCursor } = await payments.list(EVERYTHING, {}, { limit: 2 });
    assert.deepEqual(await listed({}, { cursor: nextCursor }), [first]);
  });

  it('are seen and made by those of their organisation only', async () => {
    await owe(1000n);
    const { payment } = await book('1.00');
    const scope = { kind: 'organizations', organizationIds: [bench.otherOrganizationId] } as const;
    const { keepCredit, idempotencyKey, ...input } = { keepCredit: false, idempotencyKey: 'key', ...payment };
    await assert.rejects(payments.book(scope, fleet, { ...input, keepCredit, idempotencyKey }), accountNotFound.is);
    await assert.rejects(payments.get(scope, payment.id), receivedPaymentNotFound.is);
    await assert.rejects(
      payments.reverse(scope, payment.id, { reason: 'x', reversedBy: 'x' }),
      receivedPaymentNotFound.is,
    );
    assert.deepEqual(await payments.list(scope, {}, { limit: 10 }), { items: [], nextCursor: null });
  });

  it('stay as they were booked, and are missed by the daily proof where somebody takes them away', async () => {
    await owe(1000n);
    const { payment } = await book('1.00');
    const { knex } = bench.test;
    const row = () => knex('billing.received_payments').where({ id: payment.id });
    for (const change of [
      row().update({ amount_minor: 1 }),
      row().update({ reversed_by: 'me', reversal_reason: 'x', reversed_at: new Date(), reversal_entry_id: null }),
      row().delete(),
      knex.raw('truncate billing.received_payments'),
    ]) {
      await assert.rejects(Promise.resolve(change), /not allowed|violates/);
    }
    await payments.reverse(EVERYTHING, payment.id, { reason: 'x', reversedBy: 'x' });
    await assert.rejects(Promise.resolve(row().update({ reversal_reason: 'y' })), /not allowed/);
    await knex.raw('alter table billing.received_payments disable trigger user');
    await row().update({ amount_minor: 99 });
    const found = async () =>
      (await bench.findings())
        .filter(({ check }) => check === 'received-payments-as-posted')
        .map(({ problem }) => problem);
    assert.match(
      (await found()).join(),
      /comes to 99 minor units; the books have 100 of it in 1 entries, and 100 taken back in 1/,
    );
    await row().delete();
    assert.equal((await found()).length, 2);
  });
});
