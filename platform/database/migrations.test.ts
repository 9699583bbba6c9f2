import assert from 'node:assert/strict';
import { createTestDatabase } from '../testing/test-database.ts';
import { connectDatabase } from './connection.ts';
import { databaseNewer, type Migration, type MigrationSet, migrateDatabase, rollBackDatabase } from './migrations.ts';

function table(name: string): Migration {
  return {
    name: `0001-${name}`,
    up: async (knex) => knex.schema.withSchema(name).createTable('thing', (columns) => columns.integer('n')),
    down: async (knex) => knex.schema.withSchema(name).dropTable('thing'),
  };
}

const FIRST: MigrationSet = { schema: 'first', migrations: [table('first')] };
const OTHER: MigrationSet = { schema: 'other', migrations: [table('other')] };
const SECOND_STEP: Migration = {
  name: '0002-more',
  up: async (knex) => knex.schema.withSchema('first').alterTable('thing', (columns) => columns.text('more')),
  down: async (knex) => knex.schema.withSchema('first').alterTable('thing', (columns) => columns.dropColumn('more')),
};

describe('migrations', () => {
  it('keeps each schema at its own version', async () => {
    await using test = await createTestDatabase();
    assert.deepEqual(await migrateDatabase(test.database, [FIRST, OTHER]), ['first/0001-first', 'other/0001-other']);
    assert.deepEqual(await migrateDatabase(test.database, [FIRST, OTHER]), []);
    const longer = { schema: 'first', migrations: [...FIRST.migrations, SECOND_STEP] };
    assert.deepEqual(await migrateDatabase(test.database, [longer, OTHER]), ['first/0002-more']);
    await rollBackDatabase(test.database, longer);
    assert.equal(await test.knex.schema.withSchema('first').hasTable('thing'), false);
    assert.equal(await test.knex.schema.withSchema('other').hasTable('thing'), true);
  });

  it('needs no right to change anything where there is nothing to do', async () => {
    await using test = await createTestDatabase();
    await migrateDatabase(test.database, [FIRST]);
    const role = `voltpile_reader_${process.pid}`;
    await test.pool.query(`create role ${role} login password 'secret'`);
    await test.pool.query(`grant usage on schema first to ${role}`);
    await test.pool.query(`grant select on first.migrations, first.migration_notes to ${role}`);
    const url = new URL(test.url);
    // By a socket, the user is a parameter.
    if (url.hostname === '') url.searchParams.set('user', role);
    else Object.assign(url, { username: role, password: 'secret' });
    const reader = connectDatabase({ url: url.href });
    try {
      assert.deepEqual(await migrateDatabase(reader, [FIRST]), []);
      const longer = { schema: 'first', migrations: [...FIRST.migrations, SECOND_STEP] };
      await assert.rejects(migrateDatabase(reader, [longer]), /permission denied/);
    } finally {
      await reader.close();
      await test.pool.query(`drop owned by ${role}`);
      await test.pool.query(`drop role ${role}`);
    }
  });

  it('is run by one of several processes', async () => {
    await using test = await createTestDatabase();
    const runs = await Promise.all([1, 2, 3].map(() => migrateDatabase(test.database, [FIRST])));
    assert.deepEqual(runs.flat(), ['first/0001-first']);
  });

  describe('beside a newer version', () => {
    const longer = (...more: Migration[]): MigrationSet => ({
      schema: 'first',
      migrations: [...FIRST.migrations, ...more],
    });
    const removal = (unusedSince: string): Migration => ({
      name: '0003-less',
      unusedSince,
      up: async (knex) => knex.schema.withSchema('first').alterTable('thing', (columns) => columns.dropColumn('n')),
      down: async () => {},
    });

    it('starts when the newer steps only add', async () => {
      await using test = await createTestDatabase();
      await migrateDatabase(test.database, [longer(SECOND_STEP)]);
      assert.deepEqual(await migrateDatabase(test.database, [FIRST, OTHER]), ['other/0001-other']);
      assert.deepEqual(await migrateDatabase(test.database, [longer(SECOND_STEP)]), []);
    });

    it('starts when it does not use any more what was taken away', async () => {
      await using test = await createTestDatabase();
      await migrateDatabase(test.database, [longer(SECOND_STEP, removal('0002-more'))]);
      assert.deepEqual(await migrateDatabase(test.database, [longer(SECOND_STEP)]), []);
    });

    it('refuses a schema that lacks what it uses', async () => {
      await using test = await createTestDatabase();
      await migrateDatabase(test.database, [longer(SECOND_STEP, removal('0002-more'))]);
      await assert.rejects(migrateDatabase(test.database, [FIRST]), (error) => {
        assert(databaseNewer.is(error));
        assert.match(error.message, /schema first .*\(0003-less\)/);
        return true;
      });
    });

    it('refuses steps of which it is told nothing', async () => {
      await using test = await createTestDatabase();
      await migrateDatabase(test.database, [longer(SECOND_STEP)]);
      await test.knex.withSchema('first').from('migration_notes').where('name', '0002-more').delete();
      await assert.rejects(migrateDatabase(test.database, [FIRST]), databaseNewer.is);
      // Databases of versions before there were notes.
      await test.knex.raw('drop table first.migration_notes');
      await assert.rejects(migrateDatabase(test.database, [FIRST]), databaseNewer.is);
      assert.deepEqual(await migrateDatabase(test.database, [longer(SECOND_STEP)]), []);
      assert.deepEqual(await migrateDatabase(test.database, [FIRST]), []);
    });
  });

  it('leaves no half step and no lock behind when a step fails', async () => {
    await using test = await createTestDatabase();
    const boom: Migration = {
      name: '0002-boom',
      up: async (knex) => {
        await knex.raw('create table first.half (n int)');
        throw new Error('boom');
      },
      down: async () => {},
    };
    await migrateDatabase(test.database, [FIRST]);
    const broken = { schema: 'first', migrations: [...FIRST.migrations, boom] };
    await assert.rejects(migrateDatabase(test.database, [broken]), /boom/);
    assert.equal(await test.knex.schema.withSchema('first').hasTable('half'), false);
    // As if the runner had been killed while knex held its own lock.
    await test.knex.withSchema('first').from('migrations_lock').update({ is_locked: 1 });
    assert.deepEqual(await migrateDatabase(test.database, [FIRST]), []);
  });
});
