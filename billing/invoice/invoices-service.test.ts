import assert from 'node:assert/strict';
import { type AccessScope, EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { VoltpileError } from '@voltpile/kernel/errors';
import { uuidv7 } from '@voltpile/kernel/ids';
import { rollBackDatabase } from '@voltpile/platform/database/migrations';
import type { CdrView } from '../contract/cdr.ts';
import { charged, HALF_HOUR_STORY, HALF_HOUR_TARIFF } from './testing/charged-records.ts';
import { CHINESE_CUSTOMER, CUSTOMER, creditOf, ISSUER, yuanRecord } from './testing/sample-records.ts';
import { INVOICE_MIGRATIONS, startTestInvoicing, type TestInvoicing } from './testing/test-invoicing.ts';

const MAY = { from: '2026-05-01T00:00:00+02:00', to: '2026-06-01T00:00:00+02:00' };

describe('invoices', () => {
  let test: TestInvoicing;
  beforeEach(async () => {
    test = await startTestInvoicing();
  });
  afterEach(() => test[Symbol.asyncDispose]());

  const issue = (cdr: CdrView) => test.invoicing.port.issue(EVERYTHING, { cdrId: cdr.id });
  const issueMay = (more: object = {}) =>
    test.invoicing.port.issue(EVERYTHING, { accountId: test.accountId, ...MAY, ...more });
  const refused = (work: Promise<unknown>, code: string) =>
    assert.rejects(work, (error) => {
      assert.ok(error instanceof VoltpileError, String(error));
      assert.equal(error.code, code);
      return true;
    });

  it('are issued for one record, once, and freeze what they print', async () => {
    const record = test.charge();
    const { invoice, isNew } = await issue(record);
    assert.ok(isNew);
    assert.deepEqual(
      [invoice.kind, invoice.number, invoice.customerName, invoice.language, invoice.issuedAt, invoice.recordCount],
      ['invoice', '2026-000001', CUSTOMER.name, 'en', '2026-06-01T07:00:00.000Z', 1],
    );
    assert.deepEqual([invoice.exclVat?.amount, invoice.inclVat], ['9.97', { amount: '11.86', currency: 'EUR' }]);

    test.accounts.set(test.accountId, { ...CUSTOMER, name: 'Renamed' });
    await test.invoicing.port.setIssuer(EVERYTHING, test.organizationId, { ...ISSUER, name: 'Sold' });
    assert.deepEqual(await issue(record), { invoice, isNew: false });
    const { content, emails } = await test.invoicing.port.get(EVERYTHING, invoice.id);
    assert.deepEqual([content.issuer, content.customer, emails], [ISSUER, CUSTOMER, []]);
    const [charge] = content.charges;
    assert.deepEqual([charge?.cdrId, charge?.idToken, charge?.lines.length], [record.id, '…D5E6F7', 3]);
  });

  it('name the price kinds of 尖峰平谷, and keep them, also of a record that takes one back', async () => {
    const { record, background } = charged(HALF_HOUR_TARIFF, HALF_HOUR_STORY, {
      organizationId: test.organizationId,
      accountId: test.accountId,
    });
    assert.ok(record.tariff !== null);
    test.records.push(record);
    test.tariffs.push({ id: record.tariff.id, version: record.tariff.version, content: background.tariff });
    const { invoice } = await issue(record);
    const back = { ...creditOf(record), periods: [] };
    test.records.push(back);
    const note = (await issue(back)).invoice;
    for (const { id } of [invoice, note]) {
      const { content } = await test.invoicing.port.get(EVERYTHING, id);
      assert.deepEqual(
        content.charges[0]?.lines.map(({ dimension, rates }) => `${dimension} ${rates}`),
        [
          'ENERGY valley',
          'SERVICE flat,valley',
          'ENERGY flat',
          'ENERGY peak',
          'SERVICE peak',
          'ENERGY sharp',
          'SERVICE sharp',
        ],
      );
    }
  });

  it('name nobody where there is no account', async () => {
    const { invoice } = await issue(test.charge({ accountId: null }));
    assert.deepEqual([invoice.accountId, invoice.customerName], [null, null]);
    assert.equal((await test.invoicing.port.get(EVERYTHING, invoice.id)).content.customer, null);
  });

  it('hold all open records of an account and a time', async () => {
    const charges = [test.charge(), test.charge(), test.charge()];
    const alone = await issue(charges[1] as CdrView);
    test.charge({ endedAt: '2026-05-31T22:00:00.000Z' });
    test.charge({ accountId: uuidv7() });
    const { invoice } = await issueMay();
    assert.deepEqual(
      [invoice.number, invoice.recordCount, invoice.inclVat.amount, invoice.exclVat?.amount],
      ['2026-000002', 2, '23.72', '19.94'],
    );
    assert.deepEqual([invoice.periodFrom, invoice.periodTo], ['2026-04-30T22:00:00.000Z', '2026-05-31T22:00:00.000Z']);
    assert.deepEqual(await issueMay(), { invoice, isNew: false });
    const late = test.charge();
    const second = await issueMay();
    assert.deepEqual([second.isNew, second.invoice.recordCount], [true, 1]);
    await refused(issue(charges[0] as CdrView), 'invoice.already_invoiced');
    assert.equal((await issue(late)).invoice.id, second.invoice.id);
    assert.notEqual(alone.invoice.id, second.invoice.id);
  });

  it('sum up the VAT of the records, and do not work it out anew', async () => {
    const cents = { amount: '0.02', currency: 'EUR' };
    const line = { dimension: 'ENERGY', quantity: '1', unit: 'kWh', price: '0.02', vatPercent: '19' } as const;
    for (let index = 0; index < 10; index++) {
      test.charge({
        lines: [{ ...line, exact: '0.02', amount: cents, periods: [0] }],
        // 19 % of 0.02 is nothing ten times; of 0.20 it would be 0.04.
        vat: [{ percent: '19.0', net: cents, vat: { amount: '0.00', currency: 'EUR' } }],
        exclVat: cents,
        inclVat: cents,
      });
    }
    const { invoice } = await issueMay();
    const { content } = await test.invoicing.port.get(EVERYTHING, invoice.id);
    assert.equal(invoice.inclVat.amount, '0.20');
    assert.deepEqual(content.vat, [
      { percent: '19', net: { amount: '0.20', currency: 'EUR' }, vat: { amount: '0.00', currency: 'EUR' } },
    ]);
  });

  it('take prices with and without their tax, each as it is', async () => {
    test.accounts.set(test.accountId, CHINESE_CUSTOMER);
    const { organizationId, accountId } = test;
    test.records.push(yuanRecord({ organizationId, accountId }), yuanRecord({ organizationId, accountId }));
    const { invoice } = await issueMay();
    const { content } = await test.invoicing.port.get(EVERYTHING, invoice.id);
    assert.deepEqual([invoice.language, invoice.exclVat, invoice.inclVat.amount], ['zh', null, '71.08']);
    assert.deepEqual([content.electricityFee?.amount, content.serviceFee?.amount], ['40.96', '30.12']);
  });

  it('are of one currency', async () => {
    test.charge();
    test.records.push(yuanRecord({ organizationId: test.organizationId, accountId: test.accountId }));
    await refused(issueMay(), 'invoice.several_currencies');
    assert.equal((await issueMay({ currency: 'CNY' })).invoice.currency, 'CNY');
    assert.equal((await issueMay({ currency: 'EUR' })).invoice.currency, 'EUR');
    assert.equal((await issueMay({ currency: 'CNY' })).invoice.currency, 'CNY');
    await refused(issueMay({ currency: 'USD' }), 'invoice.nothing_to_invoice');
  });

  it('have a number each without gaps, whatever fails in between and however many are issued at once', async () => {
    const charges = Array.from({ length: 24 }, () => test.charge());
    // One in three cannot be stored, after its number was taken.
    await test.database.knex.raw(`
      create function billing.fail_some() returns trigger language plpgsql as $$
      begin
        if hashtext(new.cdr_id::text) % 3 = 0 then raise exception 'no room'; end if;
        return new;
      end $$;
      create trigger fail_some before insert on billing.invoice_cdrs for each row execute function billing.fail_some()`);
    const outcomes = await Promise.allSettled(charges.map(issue));
    const failed = outcomes.filter(({ status }) => status === 'rejected').length;
    assert.ok(failed > 0 && failed < 24, String(failed));
    await test.database.knex.raw('drop trigger fail_some on billing.invoice_cdrs');
    await Promise.all(charges.map(issue));
    const numbers: number[] = await test.database.knex('billing.invoices').orderBy('number').pluck('number');
    assert.deepEqual(
      numbers,
      charges.map((_, index) => index + 1),
    );
    const times: Date[] = await test.database.knex('billing.invoices').orderBy('number').pluck('issued_at');
    assert.deepEqual(times.toSorted(), times);
  });

  it('are the same when they are asked for at the same time', async () => {
    const record = test.charge();
    const one = await Promise.all(Array.from({ length: 5 }, () => issue(record)));
    assert.equal(new Set(one.map(({ invoice }) => invoice.id)).size, 1);
    assert.equal(one.filter(({ isNew }) => isNew).length, 1);
    for (let index = 0; index < 5; index++) test.charge();
    const whole = await Promise.all(Array.from({ length: 5 }, () => issueMay()));
    assert.equal(new Set(whole.map(({ invoice }) => invoice.id)).size, 1);
    assert.equal(whole[0]?.invoice.recordCount, 5);
  });

  it('are made anew when one of the records was invoiced meanwhile', async () => {
    const [first] = [test.charge(), test.charge()];
    const ask = test.cdrs.uninvoiced;
    test.cdrs.uninvoiced = async (filter) => {
      test.cdrs.uninvoiced = ask;
      const open = await ask(filter);
      await issue(first as CdrView);
      return open;
    };
    assert.equal((await issueMay()).invoice.recordCount, 1);
    test.charge();
    test.cdrs.uninvoiced = async () => test.records;
    await refused(issueMay(), 'invoice.already_invoiced');
  });

  it('begin to count with each year of their zone, and their time never goes back', async () => {
    await issue(test.charge());
    test.clock.advance(-60_000);
    assert.equal((await issue(test.charge())).invoice.issuedAt, '2026-06-01T07:00:00.000Z');
    test.clock.advance(Date.parse('2026-12-31T23:30:00Z') - test.clock.now());
    assert.equal((await issue(test.charge())).invoice.number, '2027-000001');
  });

  it('are taken back as a whole, once, by a note in a series of its own', async () => {
    const record = test.charge();
    const { invoice } = await issue(record);
    const credit = () => test.invoicing.port.credit(EVERYTHING, invoice.id, 'wrong customer');
    const notes = await Promise.all([credit(), credit(), credit()]);
    assert.equal(notes.filter(({ isNew }) => isNew).length, 1);
    const note = notes[0]?.invoice;
    assert.ok(note !== undefined);
    assert.deepEqual(
      [note.kind, note.number, note.creditsInvoiceId, note.exclVat?.amount, note.inclVat.amount],
      ['credit-note', '2026C-000001', invoice.id, '-9.97', '-11.86'],
    );
    assert.equal((await issue(record)).invoice.creditedByInvoiceId, note.id);
    const { content } = await test.invoicing.port.get(EVERYTHING, note.id);
    assert.deepEqual(content.credits, {
      number: invoice.number,
      issuedAt: invoice.issuedAt,
      reason: 'wrong customer',
    });
    assert.deepEqual(
      content.charges[0]?.lines.map(({ quantity, price, amount }) => [quantity, price, amount.amount]),
      [
        ['-1', '0.5', '-0.50'],
        ['-20.45', '0.39', '-7.98'],
        ['-0.744444444', '2', '-1.49'],
      ],
    );
    await refused(test.invoicing.port.credit(EVERYTHING, note.id, 'x'), 'invoice.is_credit_note');
    const { items } = await test.invoicing.port.list(EVERYTHING, { cdrId: record.id }, { limit: 10 });
    assert.deepEqual(
      items.map(({ id }) => id),
      [note.id, invoice.id],
    );
  });

  it('give back what a credit record says, and nothing twice', async () => {
    const record = test.charge();
    const { invoice } = await issue(record);
    const credit = creditOf(record);
    test.records.push(credit);
    const note = (await issue(credit)).invoice;
    assert.deepEqual(
      [note.kind, note.creditsInvoiceId, note.inclVat.amount, (await issue(record)).invoice.creditedByInvoiceId],
      ['credit-note', invoice.id, '-11.86', null],
    );
    await refused(test.invoicing.port.credit(EVERYTHING, invoice.id, 'again'), 'invoice.partly_credited');

    const other = test.charge();
    const whole = (await issue(other)).invoice;
    await test.invoicing.port.credit(EVERYTHING, whole.id, 'all of it');
    const late = creditOf(other);
    test.records.push(late);
    await refused(issue(late), 'invoice.record_not_creditable');
    await refused(issueMay(), 'invoice.nothing_to_invoice');
  });

  it('leave alone what was credited before anybody invoiced it', async () => {
    const record = test.charge();
    const credit = creditOf(record);
    test.records.push(credit);
    test.records[0] = { ...record, creditedByCdrId: credit.id };
    await refused(issue(record), 'invoice.record_credited');
    await refused(issue(credit), 'invoice.record_not_creditable');
    test.charge();
    const { invoice } = await issueMay();
    assert.deepEqual([invoice.recordCount, invoice.inclVat.amount], [3, '11.86']);
  });

  it('are credit notes where more was given back than charged', async () => {
    const records = [test.charge(), test.charge()];
    for (const record of records) await issue(record);
    test.charge();
    for (const record of records) test.records.push(creditOf(record));
    const { invoice } = await issueMay();
    assert.deepEqual([invoice.kind, invoice.inclVat.amount, invoice.creditsInvoiceId], ['credit-note', '-11.86', null]);
    const { content } = await test.invoicing.port.get(EVERYTHING, invoice.id);
    assert.deepEqual(
      content.charges.map(({ creditsInvoiceNumber, energyWh }) => [creditsInvoiceNumber, energyWh]),
      [
        [null, 20450],
        ['2026-000001', -20450],
        ['2026-000002', -20450],
      ],
    );
  });

  it('are never changed or removed', async () => {
    await issue(test.charge());
    const { knex } = test.database;
    for (const statement of [
      'update billing.invoices set number = 7',
      'delete from billing.invoices',
      'truncate billing.invoices cascade',
      'update billing.invoice_cdrs set is_reversal = true',
      'delete from billing.invoice_cdrs',
      'truncate billing.invoice_cdrs',
    ]) {
      await assert.rejects(knex.raw(statement), /invoices are never changed or removed/, statement);
    }
  });

  it('refuse what cannot be invoiced, and leave no trace of it', async () => {
    await refused(issueMay(), 'invoice.nothing_to_invoice');
    await refused(issue({ id: uuidv7() } as CdrView), 'invoice.record_not_found');
    await refused(issueMay({ accountId: uuidv7() }), 'test.no_account');
    for (const period of [
      { from: MAY.to, to: MAY.from },
      { from: MAY.from, to: MAY.from },
      { from: MAY.from, to: '2027-07-01T00:00:00Z' },
    ]) {
      await refused(issueMay(period), 'invoice.bad_period');
    }
    await refused(issue(test.charge({ inclVat: { amount: '11.87', currency: 'EUR' } })), 'invoice.record_inconsistent');
    await refused(issue(test.charge({ organizationId: uuidv7() })), 'invoice.no_issuer');
    test.cdrs.uninvoiced = async ({ limit }) => Array.from({ length: limit }, () => test.charge());
    await refused(issueMay(), 'invoice.too_many_records');
    assert.deepEqual(await test.database.knex('billing.invoice_numbers'), []);
  });

  it('are seen by those who see their organisation', async () => {
    const record = test.charge();
    const { invoice } = await issue(record);
    const { port, documents } = test.invoicing;
    const own: AccessScope = { kind: 'organizations', organizationIds: [test.organizationId] };
    assert.equal((await port.list(own, {}, { limit: 5 })).items.length, 1);
    for (const scope of [
      { kind: 'organizations', organizationIds: [uuidv7()] },
      { kind: 'sites', siteIds: [record.siteId] },
    ] as AccessScope[]) {
      assert.deepEqual((await port.list(scope, {}, { limit: 5 })).items, []);
      await refused(port.get(scope, invoice.id), 'invoice.not_found');
      await refused(port.credit(scope, invoice.id, 'x'), 'invoice.not_found');
      await refused(port.email(scope, invoice.id, {}), 'invoice.not_found');
      await refused(documents.pdf(scope, invoice.id, null), 'invoice.not_found');
      await refused(port.issue(scope, { cdrId: record.id }), 'invoice.record_not_found');
      await refused(port.issue(scope, { accountId: test.accountId, ...MAY }), 'invoice.account_not_found');
    }
  });

  it('are listed in pages, by what is asked for', async () => {
    const made = [];
    for (let index = 0; index < 5; index++) {
      made.unshift((await issue(test.charge(index === 0 ? { accountId: null } : {}))).invoice.id);
      test.clock.advance(1000);
    }
    const { port } = test.invoicing;
    const first = await port.list(EVERYTHING, {}, { limit: 3 });
    const second = await port.list(EVERYTHING, {}, { limit: 3, cursor: first.nextCursor ?? '' });
    assert.deepEqual(
      [...first.items, ...second.items].map(({ id }) => id),
      made,
    );
    assert.equal(second.nextCursor, null);
    const count = async (filter: object) => (await port.list(EVERYTHING, filter, { limit: 10 })).items.length;
    assert.equal(await count({ accountId: test.accountId }), 4);
    assert.equal(await count({ organizationId: uuidv7() }), 0);
    assert.equal(await count({ kind: 'credit-note' }), 0);
    assert.equal(await count({ from: '2026-06-01T07:00:01Z', to: '2026-06-01T07:00:03Z' }), 2);
  });

  it('have an issuer for each organisation', async () => {
    const { port } = test.invoicing;
    const { before, after } = await port.setIssuer(EVERYTHING, test.organizationId, { ...ISSUER, note: null });
    assert.deepEqual([before?.note, after.note], [ISSUER.note, null]);
    assert.deepEqual(await port.getIssuer(EVERYTHING, test.organizationId), after);
    for (const timeZone of ['Mars', '+02:00']) {
      await refused(port.setIssuer(EVERYTHING, test.organizationId, { ...ISSUER, timeZone }), 'invoice.bad_time_zone');
    }
    await refused(port.getIssuer(EVERYTHING, uuidv7()), 'test.no_organization');
    // Of a site or another organisation: whom the invoices are from is not theirs to see or to say.
    for (const scope of [
      { kind: 'sites', siteIds: [uuidv7()] },
      { kind: 'organizations', organizationIds: [uuidv7()] },
    ] as const) {
      await refused(port.getIssuer(scope, test.organizationId), 'organization.not_found');
      await refused(port.setIssuer(scope, test.organizationId, ISSUER), 'organization.not_found');
    }
    assert.deepEqual(await port.getIssuer(EVERYTHING, test.organizationId), after);
    await test.database.knex('billing.invoice_issuers').delete();
    await refused(port.getIssuer(EVERYTHING, test.organizationId), 'invoice.issuer_not_set');
  });

  it('can be migrated back', async () => {
    await rollBackDatabase(test.database.database, INVOICE_MIGRATIONS);
    const { rows } = await test.database.knex.raw(
      `select from information_schema.tables where table_schema = 'billing' and table_name like 'invoice%'`,
    );
    assert.equal(rows.length, 0);
  });
});
