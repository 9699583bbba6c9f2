import assert from 'node:assert/strict';
import type { MigrationSet } from '../database/migrations.ts';
import { createTestDatabase } from './test-database.ts';

const NOTES: MigrationSet = {
  schema: 'notes',
  migrations: [
    {
      name: '0001-note',
      up: async (knex) => knex.schema.withSchema('notes').createTable('note', (table) => table.text('text')),
      down: async (knex) => knex.schema.withSchema('notes').dropTable('note'),
    },
  ],
};

describe('test database', () => {
  it('gives each caller a migrated database of its own', async () => {
    const [one, other] = await Promise.all([
      createTestDatabase({ migrations: [NOTES] }),
      createTestDatabase({ migrations: [NOTES] }),
    ]);
    await using first = one;
    await using second = other;
    await first.knex.withSchema('notes').from('note').insert({ text: 'mine' });
    assert.deepEqual(await first.knex.withSchema('notes').from('note').pluck('text'), ['mine']);
    assert.deepEqual(await second.knex.withSchema('notes').from('note').pluck('text'), []);
  });

  it('drops the database when disposed, even with connections open', async () => {
    const database = await createTestDatabase();
    const client = await database.database.dedicatedClient();
    const ended = new Promise((resolve) => client.once('end', resolve));
    await database.dispose();
    await ended;
    await using other = await createTestDatabase();
    const name = new URL(database.url).pathname.slice(1);
    const { rowCount } = await other.pool.query('select from pg_database where datname = $1', [name]);
    assert.equal(rowCount, 0);
  });
});
