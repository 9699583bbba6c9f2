import assert from 'node:assert/strict';
import { migrateDatabase, rollBackDatabase } from '@voltpile/platform/database/migrations';
import { createTestDatabase } from '@voltpile/platform/testing/test-database';
import { billingMigrations } from './migrations.ts';

describe('migrations of the schema billing', () => {
  it('go up, down and up again', async () => {
    await using test = await createTestDatabase();
    const names = billingMigrations.migrations.map(({ name }) => `billing/${name}`);
    assert.deepEqual(await migrateDatabase(test.database, [billingMigrations]), names);
    await rollBackDatabase(test.database, billingMigrations);
    const { rows } = await test.pool.query(
      `select table_name as name from information_schema.tables
         where table_schema = 'billing' and table_name not like 'migrations%'
       union all select routine_name from information_schema.routines where routine_schema = 'billing'`,
    );
    assert.deepEqual(rows, []);
    assert.deepEqual(await migrateDatabase(test.database, [billingMigrations]), names);
  });
});
