import assert from 'node:assert/strict';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { ChargingCurve } from '@voltpile/csms/contract/charging-curves-port';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { CdrView } from '../contract/cdr.ts';
import type { LedgerFinding } from '../contract/ledger.ts';
import type { NewEntry } from '../ledger/entry.ts';
import { createLedger } from '../ledger/ledger.ts';
import { LEDGER_CHECKS } from '../ledger/ledger-checks.ts';
import { proveLedger } from '../ledger/prove.ts';
import { type CurveStory, curveOf, ORGANIZATION } from '../testing/curves.ts';
import { pastTriggers } from '../testing/past-triggers.ts';
import { SettlementBench, tariffOf } from '../testing/settlement-bench.ts';
import { inContent, withChange } from '../testing/with-change.ts';
import { SETTLEMENT_CHECKS } from './settlement-checks.ts';

const STORY: CurveStory = {
  start: '2026-03-01T10:00:00Z',
  end: '2026-03-01T11:00:00Z',
  readings: [
    ['2026-03-01T10:20:00Z', 3333.333],
    ['2026-03-01T11:00:00Z', 10_000],
  ],
};

describe('the proof that charges and books fit together', () => {
  let bench: SettlementBench;
  let accountId: Uuid;
  beforeEach(async () => {
    bench = await SettlementBench.open();
    accountId = uuidv7();
    await bench.database.pool.query(
      `insert into billing.accounts (id, organization_id, kind, name, language, currency, status, payment_mode, created_at, updated_at)
       values ($1, $2, 'driver', 'Ann', 'en', 'EUR', 'active', 'prepaid', now(), now())`,
      [accountId, ORGANIZATION],
    );
    bench.accounts.set(accountId, { id: accountId, kind: 'driver', groupId: null });
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  async function settled(story: CurveStory = STORY): Promise<{ curve: ChargingCurve; cdr: CdrView }> {
    const curve = curveOf({ accountRef: accountId, ...story });
    await bench.end(curve);
    const { items } = await bench.cdrs.list(EVERYTHING, { transactionId: curve.transaction.id }, { limit: 1 });
    return { curve, cdr: items[0] as CdrView };
  }

  async function findings(): Promise<readonly LedgerFinding[]> {
    const proof = await proveLedger(bench.database.knex, [...LEDGER_CHECKS, ...SETTLEMENT_CHECKS], bench.clock);
    return proof.findings;
  }

  /** As somebody who may switch triggers off. */
  async function breakIt(statement: string, values: unknown[] = []): Promise<void> {
    const { rowCount } = await pastTriggers(bench.database.pool, (client) => client.query(statement, values));
    assert.ok((rowCount ?? 0) > 0, 'nothing was broken');
  }

  async function post(entry: Partial<NewEntry> & Pick<NewEntry, 'kind' | 'reference' | 'postings'>): Promise<void> {
    await bench.database.knex.transaction((trx) =>
      createLedger().post(trx, {
        organizationId: ORGANIZATION,
        currency: 'EUR',
        idempotencyKey: uuidv7(),
        at: bench.clock.now(),
        description: 'By hand',
        ...entry,
      }),
    );
  }

  /** The finding that there is, without the ids. */
  async function found(check: string, problem: RegExp, others: readonly string[] = []): Promise<void> {
    const all = await findings();
    assert.ok(
      all.some((finding) => finding.check === check && problem.test(finding.problem)),
      JSON.stringify(all),
    );
    const names = new Set(all.map((finding) => finding.check));
    // Whatever is changed in a row is found there, too.
    for (const name of ['cdrs-as-written', 'entries-as-written']) names.delete(name);
    assert.deepEqual([...names].sort(), [check, ...others].sort());
  }

  it('finds nothing in what settlement, corrections and write-offs have written', async () => {
    const { curve } = await settled();
    const { curve: dropped } = await settled();
    const decide = (id: Uuid, decision: Parameters<typeof bench.settlements.decide>[2]) =>
      bench.settlements.decide(EVERYTHING, id, decision, 'ops@example.com');
    await decide(curve.transaction.id, { decision: 'correct', energyWh: 4321.987, reason: 'display' });
    await decide(dropped.transaction.id, { decision: 'write-off', reason: 'goodwill' });
    // Two guns, a held charge, one that costs nothing, one without a tariff, and prices of every kind.
    const parallelGroup = '260301100000';
    const guns = [1, 2].map((evseId) => curveOf({ ...STORY, transaction: { parallelGroup, evseId } }));
    bench.curves.set(...guns);
    await bench.end(...guns);
    await bench.end(curveOf({ ...STORY, transaction: { holds: ['meter-backwards'], billableEnergyWh: null } }));
    await settled({ ...STORY, readings: [['2026-03-01T11:00:00Z', 0]] });
    const energy = { type: 'ENERGY', price: '0.333', vat: '19', step_size: 1 };
    const parking = { type: 'PARKING_TIME', price: '1.7', vat: '7', step_size: 60 };
    const elements = [
      { price_components: [energy], restrictions: { max_kwh: '2.5' } },
      { price_components: [energy, parking] },
    ];
    for (const more of [
      {},
      { min_price: { excl_vat: '50' } },
      { max_price: { incl_vat: '0.77' } },
      { tax_included: 'YES', service_fee_per_kwh: '0.123' },
      { service_fee_per_kwh: '0.123', idle_fee: { price_per_hour: '7', grace_s: 60, vat: '19' } },
    ]) {
      bench.tariff = tariffOf({ elements, ...more });
      await settled({ ...STORY, parkingFrom: '2026-03-01T10:40:00Z', reservedFrom: null });
    }
    for (const currency of ['JPY', 'KWD']) {
      bench.tariff = tariffOf({ currency, elements });
      await bench.end(curveOf(STORY));
    }
    bench.tariff = null;
    await settled();
    assert.deepEqual(await findings(), []);
    const { rows } = await bench.database.pool.query('select count(*)::int as count from billing.cdrs');
    assert.equal(rows[0].count, 15);
  });

  describe('every-cdr-posted-once', () => {
    it('finds a record that is not in the books', async () => {
      const { cdr } = await settled();
      await breakIt(`update billing.ledger_entries set reference_id = $2 where reference_id = $1`, [cdr.id, uuidv7()]);
      await found('every-cdr-posted-once', /has 0 entries, with 0 owed/);
      await found('every-cdr-posted-once', /is for the record .*, of which there is none/);
    });

    it('finds a record that is in the books twice', async () => {
      const { cdr } = await settled();
      await post({
        kind: 'charge',
        reference: { type: 'cdr', id: cdr.id },
        postings: [
          { account: { kind: 'receivable', accountId }, debitMinor: 595n },
          { account: { kind: 'revenue' }, debitMinor: -595n },
        ],
      });
      await found('every-cdr-posted-once', /has 2 entries, with 1190 owed, 1095 of revenue and 95 of tax/);
    });

    it('finds a record of which tax was booked as revenue, and one that somebody else owes', async () => {
      const { cdr } = await settled();
      const { rows } = await bench.database.pool.query(
        `select p.entry_id, a.id, a.kind from billing.ledger_postings p join billing.ledger_accounts a on a.id = p.ledger_account_id`,
      );
      const entryId = rows[0].entry_id;
      const accountOf = (kind: string) => rows.find((row) => row.kind === kind).id;
      const move = `update billing.ledger_postings set debit_minor = debit_minor + $3 where entry_id = $1 and ledger_account_id = $2`;
      await breakIt(move, [entryId, accountOf('vat'), 10]);
      await breakIt(move, [entryId, accountOf('revenue'), -10]);
      await found('every-cdr-posted-once', /595 minor units, 95 of them tax.*510 of revenue and 85 of tax/, [
        'balances-as-posted',
      ]);
      await breakIt(move, [entryId, accountOf('vat'), -10]);
      await breakIt(move, [entryId, accountOf('revenue'), 10]);
      assert.deepEqual(await findings(), []);
      await breakIt(`update billing.cdrs set account_id = null where id = $1`, [cdr.id]);
      await found('every-cdr-posted-once', /1 entries, with 0 owed/);
    });

    it('finds an entry of a charge without a record', async () => {
      await post({
        kind: 'charge',
        reference: { type: 'cdr', id: uuidv7() },
        postings: [
          { account: { kind: 'receivable', accountId }, debitMinor: 100n },
          { account: { kind: 'revenue' }, debitMinor: -100n },
        ],
      });
      await found('every-cdr-posted-once', /of which there is none/);
    });
  });

  describe('cdrs-as-metered', () => {
    it('finds a settled charge whose record was taken back, and one without a record', async () => {
      const { curve } = await settled();
      const { curve: other } = await settled();
      const decision = { decision: 'write-off', reason: 'goodwill' } as const;
      await bench.settlements.decide(EVERYTHING, curve.transaction.id, decision, 'ops@example.com');
      await breakIt(
        `update billing.settlements s set state = 'settled', cdr_id = m.cdr_id from billing.cdr_transactions m
         where m.transaction_id = s.transaction_id and s.transaction_id = $1`,
        [curve.transaction.id],
      );
      await found('cdrs-as-metered', new RegExp(`${curve.transaction.id} is settled, and has no record`));
      await breakIt(`update billing.settlements set cdr_id = null where transaction_id = $1`, [other.transaction.id]);
      await found('cdrs-as-metered', new RegExp(`${other.transaction.id} is settled, and has no record`));
      await found('cdrs-as-metered', new RegExp(`counts, and the charge ${other.transaction.id} does not know it`));
    });

    it('finds a charge that counts twice', async () => {
      const [one, other] = [await settled(), await settled()];
      await breakIt(`insert into billing.cdr_transactions (transaction_id, generation, cdr_id) values ($1, 2, $2)`, [
        one.curve.transaction.id,
        other.cdr.id,
      ]);
      await found('cdrs-as-metered', new RegExp(`the charge ${one.curve.transaction.id} has 2 records that count`));
    });

    it('finds a record that somebody has changed', async () => {
      const { cdr } = await settled();
      const set = (path: string, value: unknown) =>
        breakIt(`update billing.cdrs set content = jsonb_set(content, $2::text[], $3::jsonb) where id = $1`, [
          cdr.id,
          path,
          JSON.stringify(value),
        ]);
      await set('{lines,0,amount,amount}', '5.01');
      await found('cdrs-as-metered', /comes to 595 minor units; it shows 595, its lines come to 501, and tax to 95/);
      await set('{lines,0,amount,amount}', '5.00');
      await set('{vat,0,vat,amount}', '0.94');
      await found('cdrs-as-metered', /and tax to 94/);
      await set('{vat,0,vat,amount}', '0.95');
      await set('{energyWh}', 10_001);
      await found('cdrs-as-metered', /is for 10001 Wh, and its periods come to 10000/);
      await set('{energyWh}', 10_000);
      await set('{inclVat,amount}', '5.94');
      await found('cdrs-as-metered', /comes to 595 minor units; it shows 594/);
    });

    it('finds a wallet that has paid more than the record comes to, all payments together', async () => {
      const { cdr } = await settled();
      await post({
        kind: 'top-up',
        reference: { type: 'account', id: accountId },
        postings: [
          { account: { kind: 'provider', provider: 'by-hand' }, debitMinor: 2000n },
          { account: { kind: 'wallet', accountId }, debitMinor: -2000n },
        ],
      });
      const pay = (debitMinor: bigint) =>
        post({
          kind: 'wallet-payment',
          reference: { type: 'cdr', id: cdr.id },
          postings: [
            { account: { kind: 'wallet', accountId }, debitMinor },
            { account: { kind: 'receivable', accountId }, debitMinor: -debitMinor },
          ],
        });
      await pay(500n);
      await pay(95n);
      assert.deepEqual(await findings(), []);
      await pay(1n);
      await found('cdrs-as-metered', /paid 596 minor units for record .*, which comes to 595/);
    });
  });

  describe('cdrs-as-written', () => {
    it('finds each change of a record that fits everything else', async () => {
      const { cdr } = await settled();
      await settled();
      assert.deepEqual(await findings(), []);
      for (const change of [
        inContent('accountId', null),
        inContent('tariff,versionId', uuidv7()),
        inContent('lines,0,exact', '4.9'),
        inContent('lines,0,quantity', '11'),
        inContent('lines,0,price', '0.6'),
        inContent('startedAt', '2026-03-01T09:00:00Z'),
        inContent('endedAt', '2026-03-01T12:00:00Z'),
        inContent('kind', 'credit'),
        inContent('currency', 'USD'),
        inContent('electricityFee', { amount: '5.00', currency: 'EUR' }),
        inContent('serviceFee', { amount: '5.00', currency: 'EUR' }),
        `content = content || '{"more": 1}'`,
        `station_id = 'CP-OTHER'`,
        'site_id = organization_id',
        `ended_at = ended_at + interval '1 microsecond'`,
        `created_at = created_at - interval '1 day'`,
      ]) {
        const { pool } = bench.database;
        assert.deepEqual(
          await withChange(pool, { table: 'cdrs', id: cdr.id, change }, findings),
          [{ check: 'cdrs-as-written', problem: `record ${cdr.id} does not say what it said when it was written` }],
          change,
        );
      }
      assert.deepEqual(await findings(), []);
    });
  });

  describe('credits-mirror-cdrs', () => {
    it('finds a record that was taken back by another amount, or twice', async () => {
      const { curve, cdr } = await settled();
      const decision = { decision: 'write-off', reason: 'goodwill' } as const;
      await bench.settlements.decide(EVERYTHING, curve.transaction.id, decision, 'ops@example.com');
      const minor = (sign: '+' | '-') =>
        breakIt(`update billing.cdrs set incl_vat_minor = incl_vat_minor ${sign} 5 where kind = 'charge'`);
      await minor('+');
      const changed = await findings();
      assert.ok(
        changed.some(({ problem }) =>
          problem.includes(`takes back record ${cdr.id}, which is not the same the other way`),
        ),
      );
      await minor('-');
      assert.deepEqual(await findings(), []);
      const { cdr: other } = await settled();
      await bench.database.knex.raw('drop index billing.cdrs_credits');
      await breakIt(`update billing.cdrs set kind = 'credit', credits_cdr_id = $1 where id = $2`, [cdr.id, other.id]);
      const twice = await findings();
      assert.ok(twice.some(({ problem }) => problem.includes(`which record ${other.id} takes back, too`)));
      await breakIt(`update billing.cdrs set credits_cdr_id = $1 where id = $1`, [other.id]);
      const nothing = await findings();
      assert.ok(
        nothing.some(({ problem }) => problem.includes(`takes back record ${other.id}, which charges nothing`)),
      );
    });
  });

  it('finds that records can be changed again', async () => {
    await bench.database.pool.query('alter table billing.cdrs disable trigger cdrs_kept');
    await found('guards-in-place', /the trigger cdrs_kept of billing.cdrs is switched off/);
  });
});
