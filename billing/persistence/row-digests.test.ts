import assert from 'node:assert/strict';
import { FakeClock } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { migrateDatabase } from '@voltpile/platform/database/migrations';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import type { Pool } from 'pg';
import { INVOICE_CHECKS } from '../invoice/invoice-checks.ts';
import { LEDGER_CHECKS } from '../ledger/ledger-checks.ts';
import { proveLedger } from '../ledger/prove.ts';
import { SETTLEMENT_CHECKS } from '../settlement/settlement-checks.ts';
import { pastTriggers } from '../testing/past-triggers.ts';
import { withChange } from '../testing/with-change.ts';
import { billingMigrations } from './migrations.ts';
import { digestOf } from './row-digests.ts';

const BEFORE = {
  schema: 'billing',
  migrations: billingMigrations.migrations.filter(({ name }) => name < '0010'),
};

/** A row of each table as versions write them that know of no digests. They need not fit together. */
async function insertRows(pool: Pool): Promise<Uuid> {
  const id = uuidv7();
  await pastTriggersOfBalance(pool, async (query) => {
    await query(
      `insert into billing.cdrs (id, organization_id, site_id, station_id, kind, account_id, currency, incl_vat_minor, ended_at, content, created_at)
       values ($1, $1, $1, 'CP-1', 'charge', null, 'EUR', 0, '2026-03-01T10:00:00.123456Z',
         '{"inclVat": {"amount": "0.00", "currency": "EUR"}, "exclVat": null, "lines": [], "vat": [], "price": 0.10, "name": "尖峰"}', now())`,
      [id],
    );
    await query(
      `insert into billing.invoices (id, organization_id, series, number, kind, issued_at, period_from, period_to, language, currency, record_count,
         incl_vat_minor, content)
       values ($1, $1, '2026', 1, 'invoice', now(), '2026-03-01Z', '2026-04-01Z', 'en', 'EUR', 1, 0, '{"charges": []}')`,
      [id],
    );
    await query(
      `insert into billing.ledger_entries (id, organization_id, currency, kind, idempotency_key, content_hash, reference_type, reference_id,
         description, posting_count, at)
       values ($1, $1, 'EUR', 'adjustment', 'key', sha256('1'), 'account', $1, 'Made by hand', 2, '2026-03-01T10:00:00.5Z')`,
      [id],
    );
  });
  return id;
}

/** In a transaction in which nobody asks at its end whether an entry has postings. */
async function pastTriggersOfBalance(
  pool: Pool,
  work: (query: (text: string, values: unknown[]) => Promise<unknown>) => Promise<void>,
): Promise<void> {
  await pool.query('alter table billing.ledger_entries disable trigger ledger_entries_balanced');
  await work((text, values) => pool.query(text, values));
  await pool.query('alter table billing.ledger_entries enable trigger ledger_entries_balanced');
}

const CHANGES = [
  { table: 'cdrs', change: `station_id = 'CP-2'`, name: 'record' },
  { table: 'invoices', change: `customer_name = 'Ben'`, name: 'invoice' },
  { table: 'ledger_entries', change: `description = 'Made by foot'`, name: 'entry' },
] as const;

describe('digests of records, invoices and entries', () => {
  let test: TestDatabase;
  afterEach(() => test.dispose());

  /** What is found of rows that are not as they were written. */
  async function changed(): Promise<readonly string[]> {
    const clock = new FakeClock('2026-03-02T00:00:00Z');
    const checks = [...LEDGER_CHECKS, ...SETTLEMENT_CHECKS, ...INVOICE_CHECKS];
    const { findings } = await proveLedger(test.knex, checks, clock);
    const problems = findings.filter(({ check }) => check.endsWith('-as-written')).map(({ problem }) => problem);
    return problems.filter((problem) => !problem.includes('what was posted'));
  }

  it('are of rows that were there before, and of what is inserted since', async () => {
    test = await createTestDatabase();
    await migrateDatabase(test.database, [BEFORE]);
    const old = [await insertRows(test.pool)];
    // One that is told more than once by the migration would be refused: each is read while others write, and once more.
    old.push(await insertOther(test.pool));
    await migrateDatabase(test.database, [billingMigrations]);
    const { rows } = await test.pool.query('select relation from billing.earlier_digests order by relation');
    assert.deepEqual(
      rows.map(({ relation }) => relation),
      ['cdrs', 'cdrs', 'invoices', 'ledger_entries'],
    );
    await insertOther(test.pool);
    assert.deepEqual(await changed(), []);
    const [id = ''] = old;
    for (const { table, change, name } of CHANGES) {
      const found = await withChange(test.pool, { table, id, change }, changed);
      assert.equal(found.length, 1, table);
      assert.match(found[0] ?? '', new RegExp(`^${name} ${id} .*does not say what it said when it was written$`));
    }
    assert.deepEqual(await changed(), []);
  });

  describe('of what is inserted', () => {
    beforeEach(async () => {
      test = await createTestDatabase({ migrations: [billingMigrations] });
    });

    it('do not depend on what a session has set', async () => {
      const id = await insertRows(test.pool);
      const client = await test.pool.connect();
      const digests = async () => {
        const found: string[] = [];
        for (const { table } of CHANGES) {
          const { rows } = await client.query(
            `select encode(${digestOf(table, 'r')}, 'hex') as now, encode(r.digest, 'hex') as stored from billing.${table} r where id = $1`,
            [id],
          );
          assert.equal(rows[0].now, rows[0].stored);
          found.push(rows[0].now);
        }
        return found;
      };
      try {
        const usual = await digests();
        await client.query(`begin; set local timezone = 'Asia/Kathmandu'; set local datestyle = 'German'; set local intervalstyle = 'sql_standard';
          set local bytea_output = 'escape'; set local extra_float_digits = -15; set local search_path = ''; set local standard_conforming_strings = off;
          set local escape_string_warning = off; set local lc_numeric = 'C'`);
        assert.deepEqual(await digests(), usual);
        // Written under such settings, they are the same again.
        await client.query(`set local session_replication_role = replica`);
        for (const { table } of CHANGES) {
          await client.query(`create temporary table kept on commit drop as select * from billing.${table}`);
          await client.query(`delete from billing.${table}; update kept set digest = null`);
          await client.query(`set local session_replication_role = origin; set constraints all deferred`);
          await client.query(`insert into billing.${table} select * from pg_temp.kept; drop table pg_temp.kept`);
          await client.query(`set local session_replication_role = replica`);
        }
        assert.deepEqual(await digests(), usual);
      } finally {
        await client.query('rollback');
        client.release();
      }
    });

    it('are missed where they are gone, of another kind, or copied from a row that was changed', async () => {
      const id = await insertRows(test.pool);
      for (const { table, change } of CHANGES) {
        const found = async (statement: string) =>
          (await withChange(test.pool, { table, id, change: statement }, changed)).join();
        assert.match(await found('digest = null'), /has no digest of what it said when it was written$/);
        assert.match(await found(`digest = '\\x02' || substr(digest, 2)`), /has a digest of a kind that is not known$/);
        // A dump of which somebody has changed a row, loaded elsewhere.
        await pastTriggers(test.pool, async (client) => {
          await client.query(`create table copied as select * from billing.${table}`);
          await client.query(`update copied set ${change}`);
          await client.query(`delete from billing.${table}`);
        });
        await pastTriggersOfBalance(test.pool, async (query) => {
          await query(`insert into billing.${table} select * from copied`, []);
          await query('drop table copied', []);
        });
        assert.match((await changed()).join(), /does not say what it said when it was written$/);
        await pastTriggers(test.pool, (client) => client.query(`delete from billing.${table}`));
      }
    });

    it('beside rows from before are kept as they are', async () => {
      await test.pool.query(`insert into billing.earlier_digests values ('cdrs', $1, '\\x01')`, [uuidv7()]);
      for (const statement of [
        'update billing.earlier_digests set digest = digest',
        'delete from billing.earlier_digests',
      ]) {
        await assert.rejects(test.pool.query(statement), /is not allowed: it is kept as it was written/);
      }
    });
  });
});

/** A record more. */
async function insertOther(pool: Pool): Promise<Uuid> {
  const id = uuidv7();
  await pool.query(
    `insert into billing.cdrs (id, organization_id, site_id, station_id, kind, currency, incl_vat_minor, ended_at, content, created_at)
     values ($1, $1, $1, 'CP-1', 'charge', 'EUR', 0, now(), '{"lines": [], "vat": []}', now())`,
    [id],
  );
  return id;
}
