import assert from 'node:assert/strict';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import { GUARD_FUNCTIONS, GUARDS } from './guards.ts';
import { billingMigrations } from './migrations.ts';

describe('guards of the schema billing', () => {
  let test: TestDatabase;
  before(async () => {
    test = await createTestDatabase({ migrations: [billingMigrations] });
  });
  after(() => test.dispose());

  it('are all that migrations have made', async () => {
    const { rows: triggers } = await test.pool.query(
      `select c.relname as table, t.tgname as trigger, pg_get_triggerdef(t.oid) as definition
       from pg_trigger t join pg_class c on c.oid = t.tgrelid
       where c.relnamespace = 'billing'::regnamespace and not t.tgisinternal order by c.relname, t.tgname`,
    );
    assert.deepEqual(triggers, GUARDS);
    const { rows: functions } = await test.pool.query(
      `select proname as name, encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') as digest
       from pg_proc where pronamespace = 'billing'::regnamespace order by proname`,
    );
    assert.deepEqual(functions, GUARD_FUNCTIONS);
  });

  it('keep what they keep row by row as a whole, too', () => {
    const kept = (when: string) =>
      GUARDS.filter(({ definition }) => definition.includes(when)).map(({ table }) => table);
    assert.deepEqual(kept(' BEFORE TRUNCATE '), kept(' BEFORE DELETE OR UPDATE '));
  });
});
