import assert from 'node:assert/strict';
import { migrateDatabase, rollBackDatabase } from '@voltpile/platform/database/migrations';
import { createTestDatabase } from '@voltpile/platform/testing/test-database';
import { csmsMigrations } from './migrations.ts';

describe('migrations of the schema csms', () => {
  it('go up, down and up again', async () => {
    await using test = await createTestDatabase();
    const names = csmsMigrations.migrations.map(({ name }) => `csms/${name}`);
    assert.deepEqual(await migrateDatabase(test.database, [csmsMigrations]), names);
    await rollBackDatabase(test.database, csmsMigrations);
    const { rows } = await test.pool.query(
      "select table_name from information_schema.tables where table_schema = 'csms' and table_name not like 'migrations%'",
    );
    assert.deepEqual(rows, []);
    assert.deepEqual(await migrateDatabase(test.database, [csmsMigrations]), names);
  });
});
