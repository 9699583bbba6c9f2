import assert from 'node:assert/strict';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import type { CdrView } from '../contract/cdr.ts';
import type { InvoiceView } from '../contract/invoices.ts';
import type { LedgerFinding } from '../contract/ledger.ts';
import { LEDGER_CHECKS } from '../ledger/ledger-checks.ts';
import { proveLedger } from '../ledger/prove.ts';
import { findCdrs, listUninvoiced } from '../settlement/cdrs-repository.ts';
import { SETTLEMENT_CHECKS } from '../settlement/settlement-checks.ts';
import { findContents } from '../tariff/persistence/versions-repository.ts';
import { curveOf, ORGANIZATION } from '../testing/curves.ts';
import { pastTriggers } from '../testing/past-triggers.ts';
import { SettlementBench, tariffOf } from '../testing/settlement-bench.ts';
import { inContent, withChange } from '../testing/with-change.ts';
import { INVOICE_CHECKS } from './invoice-checks.ts';
import { createInvoicing, type Invoicing } from './service.ts';
import { CUSTOMER, ISSUER } from './testing/sample-records.ts';

const MARCH = { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' };
const STORY = {
  start: '2026-03-01T10:00:00Z',
  end: '2026-03-01T11:00:00Z',
  readings: [['2026-03-01T11:00:00Z', 10_000]],
} as const;
/** What each charge comes to: 10 kWh at 0.5 and 19 %. */
const DUE = 595;

describe('the proof that invoices fit together, and with the records that they are for', () => {
  let bench: SettlementBench;
  let invoicing: Invoicing;
  let accountId: Uuid;
  beforeEach(async () => {
    bench = await SettlementBench.open();
    const { knex } = bench.database;
    accountId = uuidv7();
    await bench.database.pool.query(
      `insert into billing.accounts (id, organization_id, kind, name, language, currency, status, payment_mode, created_at, updated_at)
       values ($1, $2, 'driver', 'Ann', 'en', 'EUR', 'active', 'postpaid', now(), now())`,
      [accountId, ORGANIZATION],
    );
    bench.accounts.set(accountId, { id: accountId, kind: 'driver', groupId: null });
    invoicing = createInvoicing({
      knex,
      clock: bench.clock,
      logger: createLogger({ level: 'silent', format: 'json' }),
      cdrs: { get: (ids) => findCdrs(knex, ids), uninvoiced: (filter) => listUninvoiced(knex, filter) },
      tariffs: { contents: (versions) => findContents(knex, versions) },
      parties: { get: async () => ({ ...CUSTOMER, organizationId: ORGANIZATION }) },
      organizations: { getOrganization: async () => ({}) },
      mail: null,
    });
    await invoicing.port.setIssuer(EVERYTHING, ORGANIZATION, ISSUER);
  });
  afterEach(async () => {
    await invoicing.stop();
    await bench[Symbol.asyncDispose]();
  });

  /** A charge that was settled, and its record. */
  async function settled(): Promise<CdrView> {
    const curve = curveOf({ accountRef: accountId, ...STORY });
    await bench.end(curve);
    const { items } = await bench.cdrs.list(EVERYTHING, { transactionId: curve.transaction.id }, { limit: 1 });
    return items[0] as CdrView;
  }

  const issue = async (cdr: { readonly id: Uuid }): Promise<InvoiceView> =>
    (await invoicing.port.issue(EVERYTHING, { cdrId: cdr.id })).invoice;
  const issueMarch = async (): Promise<InvoiceView> =>
    (await invoicing.port.issue(EVERYTHING, { accountId, ...MARCH })).invoice;
  const credit = async (invoice: InvoiceView): Promise<InvoiceView> =>
    (await invoicing.port.credit(EVERYTHING, invoice.id, 'wrong customer')).invoice;

  /** The records of a charge that a person has corrected: the one that takes it back, and the new one. */
  async function corrected(cdr: CdrView): Promise<readonly CdrView[]> {
    const [transactionId = ''] = cdr.transactionIds;
    const decision = { decision: 'correct', energyWh: 4000, reason: 'display' } as const;
    await bench.settlements.decide(EVERYTHING, transactionId, decision, 'ops@example.com');
    const { items } = await bench.cdrs.list(EVERYTHING, { transactionId }, { limit: 10 });
    return items.filter(({ id }) => id !== cdr.id).toSorted((one, other) => (one.kind > other.kind ? -1 : 1));
  }

  async function findings(): Promise<readonly LedgerFinding[]> {
    const checks = [...LEDGER_CHECKS, ...SETTLEMENT_CHECKS, ...INVOICE_CHECKS];
    return (await proveLedger(bench.database.knex, checks, bench.clock)).findings;
  }

  /** As somebody who may switch triggers off. */
  async function breakIt(statement: string, values: unknown[] = []): Promise<void> {
    const { rowCount } = await pastTriggers(bench.database.pool, (client) => client.query(statement, values));
    assert.ok((rowCount ?? 0) > 0, 'nothing was broken');
  }

  /** That this is found, and nothing by other checks. */
  async function found(check: string, ...problems: readonly RegExp[]): Promise<void> {
    const all = await findings();
    for (const problem of problems) {
      assert.ok(
        all.some((finding) => finding.check === check && problem.test(finding.problem)),
        `${problem} is not in ${JSON.stringify(all)}`,
      );
    }
    // Whatever is changed in a row is found there, too.
    const others = all.filter((finding) => finding.check !== 'invoices-as-written');
    assert.deepEqual([...new Set(others.map((finding) => finding.check))], [check]);
  }

  it('finds nothing in what was issued, credited and corrected', async () => {
    const [one, other, third] = [await settled(), await settled(), await settled()];
    await issue(one);
    await credit(await issue(other));
    await corrected(third);
    await issueMarch();
    // Taken back by a record of its own, after it was invoiced.
    const [back] = await corrected(one);
    assert.ok(back !== undefined);
    assert.equal((await issue(back)).kind, 'credit-note');
    await issueMarch();
    for (const more of [
      { tax_included: 'YES', service_fee_per_kwh: '0.123' },
      { min_price: { excl_vat: '50', incl_vat: '59.5' } },
      { max_price: { incl_vat: '0.77' } },
    ]) {
      bench.tariff = tariffOf({
        elements: [{ price_components: [{ type: 'ENERGY', price: '0.3333', vat: '19', step_size: 1 }] }],
        ...more,
      });
      await settled();
    }
    bench.tariff = null;
    await settled();
    await credit(await issueMarch());
    bench.clock.advance(365 * 86_400_000);
    bench.accounts.clear();
    await bench.end(curveOf(STORY));
    const { items } = await bench.cdrs.list(EVERYTHING, {}, { limit: 1 });
    await issue(items[0] as CdrView);
    assert.deepEqual(await findings(), []);
    const { rows } = await bench.database.pool.query('select count(*)::int as count from billing.invoices');
    assert.equal(rows[0].count, 9);
  });

  describe('invoices-numbered-without-gaps', () => {
    const numbered = async (count: number) => {
      for (let index = 0; index < count; index++) await issue(await settled());
    };

    it('finds a number that is missing', async () => {
      await numbered(3);
      await breakIt(`update billing.invoices set number = 4 where number = 3`);
      await found(
        'invoices-numbered-without-gaps',
        /number 4 of series 2026 of .* was given, and the last one is 3/,
        /number 3 of series 2026 of .* is missing: the last one/,
      );
      await breakIt(`update billing.invoice_numbers set last_number = 4`);
      await found('invoices-numbered-without-gaps', /number 4 of series 2026 of .* follows one that is missing/);
      await breakIt(`update billing.invoice_numbers set last_number = 3`);
      await breakIt(`update billing.invoices set number = 3 where number = 4`);
      assert.deepEqual(await findings(), []);
      await breakIt(`update billing.invoice_numbers set last_number = 4`);
      await found('invoices-numbered-without-gaps', /number 4 of .* is missing/);
      await breakIt(`delete from billing.invoice_numbers`);
      await found('invoices-numbered-without-gaps', /number 1 of .* was given, and the last one is 0/);
    });

    it('finds a number that was given twice, and times that go back', async () => {
      await numbered(2);
      await bench.database.knex.raw(
        'alter table billing.invoices drop constraint invoices_organization_id_series_number_key',
      );
      await breakIt(`update billing.invoices set number = 1`);
      await breakIt(`update billing.invoice_numbers set last_number = 1`);
      await found('invoices-numbered-without-gaps', /number 1 of series 2026 of .* was given more than once/);
      await breakIt(
        `update billing.invoices set number = 2, issued_at = issued_at - interval '1 second' where id = (select max(id::text)::uuid from billing.invoices)`,
      );
      await breakIt(`update billing.invoice_numbers set last_number = 2`);
      await found('invoices-numbered-without-gaps', /number 2 of .* was issued before the one that it follows/);
    });
  });

  describe('invoices-as-written', () => {
    it('finds each change of an invoice that fits everything else', async () => {
      await settled();
      const { id, number } = await issueMarch();
      await issue(await settled());
      assert.deepEqual(await findings(), []);
      const money = { amount: '5.00', currency: 'EUR' };
      for (const change of [
        inContent('charges,0,energyWh', 10_001),
        inContent('charges,0,stationId', 'CP-OTHER'),
        inContent('charges,0,startedAt', '2026-03-01T09:00:00Z'),
        inContent('charges,0,endedAt', '2026-03-01T12:00:00Z'),
        inContent('charges,0,site', { name: 'Elsewhere', address: null }),
        inContent('charges,0,lines,0,limit', { kind: 'least', exclVat: '1', inclVat: null }),
        inContent('issuer,name', 'Somebody else'),
        inContent('customer,name', 'Somebody else'),
        inContent('customer,addressLines', ['Elsewhere']),
        inContent('electricityFee', money),
        inContent('serviceFee', money),
        `issued_at = issued_at - interval '1 second'`,
        `customer_name = 'Somebody else'`,
        'customer_name = null',
        `period_from = period_from - interval '1 day'`,
        `period_to = period_to + interval '1 day'`,
        `language = 'zh'`,
      ]) {
        assert.deepEqual(
          await withChange(bench.database.pool, { table: 'invoices', id, change }, findings),
          [
            {
              check: 'invoices-as-written',
              problem: `invoice ${id} (${number}) does not say what it said when it was written`,
            },
          ],
          change,
        );
      }
      assert.deepEqual(await findings(), []);
    });
  });

  describe('invoices-add-up', () => {
    const set = (id: Uuid, path: string, value: unknown) =>
      breakIt(`update billing.invoices set content = jsonb_set(content, $2::text[], $3::jsonb) where id = $1`, [
        id,
        path,
        JSON.stringify(value),
      ]);

    it('finds totals that are not the sum of what is printed', async () => {
      const { id } = await issue(await settled());
      await breakIt(`update billing.invoices set incl_vat_minor = incl_vat_minor + 1`);
      await found(
        'invoices-add-up',
        new RegExp(`\\(2026-000001\\) comes to ${DUE + 1} minor units, 500 .* ${DUE} and 500`),
      );
      await breakIt(`update billing.invoices set incl_vat_minor = incl_vat_minor - 1, excl_vat_minor = 499`);
      await found('invoices-add-up', /499 without VAT; it shows 595 and 500/);
      await breakIt(`update billing.invoices set excl_vat_minor = 500`);
      await set(id, '{vat,0,vat,amount}', '0.96');
      await found('invoices-add-up', /lines of 500 and VAT of 96/);
    });

    it('finds a change of a line, also one that is made up for elsewhere', async () => {
      const { id } = await issue(await settled());
      await set(id, '{charges,0,lines,0,amount,amount}', '5.01');
      await found('invoices-add-up', /lines of 501 and VAT of 95/, /does not say the same as record/);
      await set(id, '{charges,0,lines,0,amount,amount}', '5.00');
      await set(id, '{charges,0,lines,0,quantity}', '10.5');
      await found('invoices-add-up', /\(2026-000001\) does not say the same as record/);
    });

    it('finds records that are printed and not named, named and not printed, or of somebody else', async () => {
      const [one, other] = [await settled(), await settled()];
      const { id } = await issueMarch();
      await breakIt(`delete from billing.invoice_cdrs where cdr_id = $1`, [one.id]);
      await found(
        'invoices-add-up',
        new RegExp(`does not name what it prints, record ${one.id}`),
        /is for 2 records, names 1 and prints 2/,
      );
      await breakIt(
        `insert into billing.invoice_cdrs (invoice_id, cdr_id, is_reversal) values ($1, $2, true), ($1, $3, false)`,
        [id, one.id, uuidv7()],
      );
      const all = await findings();
      assert.ok(all.some(({ problem }) => problem.includes(`takes for what it is not record ${one.id}`)));
      assert.ok(all.some(({ problem }) => problem.includes('does not print record')));
      await breakIt(`delete from billing.invoice_cdrs where cdr_id not in ($1, $2)`, [one.id, other.id]);
      await breakIt(`update billing.invoice_cdrs set is_reversal = false`);
      assert.deepEqual(await findings(), []);
      await breakIt(`update billing.invoices set account_id = null`);
      await found('invoices-add-up', new RegExp(`has no business with record ${one.id}`));
    });
  });

  describe('records-invoiced-once', () => {
    it('finds a record that is on two invoices, and one that is taken back alone', async () => {
      const [one, other] = [await settled(), await settled()];
      const [first, second] = [await issue(one), await issue(other)];
      await bench.database.knex.raw('drop index billing.invoice_cdrs_once');
      await breakIt(`insert into billing.invoice_cdrs (invoice_id, cdr_id, is_reversal) values ($1, $2, false)`, [
        second.id,
        one.id,
      ]);
      const all = await findings();
      assert.ok(
        all.some(({ problem }) => problem.includes(`record ${one.id} is on 2 invoices, and taken back with 0`)),
      );
      await breakIt(`delete from billing.invoice_cdrs where cdr_id = $1`, [one.id]);
      await breakIt(`insert into billing.invoice_cdrs (invoice_id, cdr_id, is_reversal) values ($1, $2, true)`, [
        first.id,
        one.id,
      ]);
      assert.ok(
        (await findings()).some(({ problem }) => problem.includes(`${one.id} is on 0 invoices, and taken back with 1`)),
      );
    });

    it('finds what was given back twice, and what nobody was asked for', async () => {
      const cdr = await settled();
      const invoice = await issue(cdr);
      const [back] = await corrected(cdr);
      assert.ok(back !== undefined);
      const note = await issue(back);
      assert.deepEqual(await findings(), []);
      await breakIt(`update billing.invoices set credits_whole = true where id = $1`, [note.id]);
      const all = await findings();
      assert.ok(
        all.some(({ problem }) =>
          problem.includes(`${back.id} takes back record ${cdr.id}, which was taken back with`),
        ),
      );
      await breakIt(`update billing.invoices set credits_whole = false where id = $1`, [note.id]);
      await breakIt(`delete from billing.invoice_cdrs where invoice_id = $1`, [invoice.id]);
      const more = await findings();
      assert.ok(more.some(({ problem }) => problem.includes(`takes back record ${cdr.id}, which is on no invoice`)));
    });
  });

  describe('credit-notes-mirror-invoices', () => {
    it('finds a note that does not take back what its invoice asked for', async () => {
      const invoice = await issue(await settled());
      const note = await credit(invoice);
      assert.deepEqual(await findings(), []);
      const mirror = /note .* \(2026C-000001\) is not the whole of invoice .* \(2026-000001\)/;
      for (const [path, value, was] of [
        ['{credits,number}', '2026-000002', '2026-000001'],
        ['{charges,0,lines,0,quantity}', '-9', '-10'],
        ['{customer,name}', 'Somebody else', CUSTOMER.name],
        ['{vat,0,percent}', '7', '19'],
      ]) {
        const set = (given: string | undefined) =>
          breakIt(`update billing.invoices set content = jsonb_set(content, $2::text[], $3::jsonb) where id = $1`, [
            note.id,
            path,
            JSON.stringify(given),
          ]);
        await set(value);
        await found('credit-notes-mirror-invoices', mirror);
        await set(was);
        assert.deepEqual(await findings(), []);
      }
    });

    it('finds a note for something that is on another invoice', async () => {
      const [one, other] = [await settled(), await settled()];
      await issue(one);
      const second = await issue(other);
      const [back] = await corrected(one);
      assert.ok(back !== undefined);
      const note = await issue(back);
      await breakIt(`update billing.invoices set credits_invoice_id = $2 where id = $1`, [note.id, second.id]);
      await found(
        'credit-notes-mirror-invoices',
        new RegExp(`takes back record ${one.id}, which is not on invoice ${second.id}`),
      );
    });
  });
});
