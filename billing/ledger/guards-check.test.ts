import assert from 'node:assert/strict';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import { GUARD_FUNCTIONS, GUARDS } from '../persistence/guards.ts';
import { billingMigrations } from '../persistence/migrations.ts';
import { guardsCheck } from './guards-check.ts';

describe('the proof that nobody has taken the guards off', () => {
  let test: TestDatabase;
  beforeEach(async () => {
    test = await createTestDatabase({ migrations: [billingMigrations] });
  });
  afterEach(() => test.dispose());

  /** What is found after a statement, which is taken back. */
  async function after(statement: string): Promise<readonly string[]> {
    const trx = await test.knex.transaction();
    try {
      await trx.raw(`set local search_path = ''`);
      await trx.raw(statement);
      return await guardsCheck.find(trx, 100);
    } finally {
      await trx.rollback();
    }
  }

  it('finds nothing where all are there', async () => {
    assert.deepEqual(await after('select 1'), []);
  });

  it('finds each trigger that is switched off, gone, or does something else', async () => {
    for (const { table, trigger, definition } of GUARDS) {
      const found = (what: string) => [`the trigger ${trigger} of billing.${table} ${what}`];
      const alter = `alter table billing.${table}`;
      assert.deepEqual(await after(`${alter} disable trigger ${trigger}`), found('is switched off'));
      // Fires only in sessions that apply what another server has written.
      assert.deepEqual(await after(`${alter} enable replica trigger ${trigger}`), found('is switched off'));
      assert.deepEqual(await after(`${alter} enable always trigger ${trigger}`), []);
      const drop = `drop trigger ${trigger} on billing.${table}`;
      assert.deepEqual(await after(drop), found('is gone'));
      const weaker = definition.replace(' EXECUTE ', ' WHEN (false) EXECUTE ');
      assert.deepEqual(await after(`${drop}; ${weaker}`), found('is another one'));
    }
    assert.deepEqual(
      await after(
        `drop trigger keep on billing.invoices;
         create trigger keep before update of number on billing.invoices for each row execute function billing.keep_invoices()`,
      ),
      ['the trigger keep of billing.invoices is another one'],
    );
  });

  it('finds each function that lets through what it refused', async () => {
    for (const { name } of GUARD_FUNCTIONS) {
      assert.deepEqual(
        await after(
          `create or replace function billing.${name}() returns trigger language plpgsql as $$ begin return new; end $$`,
        ),
        [`the function billing.${name} is gone or another one`],
      );
    }
  });

  it('finds that anybody may change what is kept', async () => {
    for (const grant of ['delete', 'update (content)', 'truncate', 'trigger']) {
      assert.deepEqual(await after(`grant ${grant} on billing.invoices to public`), [
        'everybody may change billing.invoices',
      ]);
    }
    assert.deepEqual(await after('grant select, insert on billing.invoices to public'), []);
  });

  it('finds triggers of all sorts that are passed by', async () => {
    assert.deepEqual(await after(`set local session_replication_role = replica`), [
      'sessions pass triggers by (session_replication_role)',
    ]);
    const found = await after('alter table billing.invoice_cdrs disable trigger all');
    assert.deepEqual(found.toSorted(), [
      'references of billing.invoice_cdrs are not checked',
      'the trigger keep of billing.invoice_cdrs is switched off',
      'the trigger keep_all of billing.invoice_cdrs is switched off',
    ]);
  });
});
