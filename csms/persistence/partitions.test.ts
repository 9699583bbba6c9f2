import assert from 'node:assert/strict';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import { csmsMigrations } from './migrations.ts';
import { maintainPartitions } from './partitions.ts';

describe('partitions', () => {
  let database: TestDatabase;
  before(async () => {
    database = await createTestDatabase({ migrations: [csmsMigrations] });
  });
  after(() => database.dispose());
  const partitions = async (table: string): Promise<string[]> =>
    (
      await database.pool.query(
        `select inhrelid::regclass::text as name from pg_inherits where inhparent = $1::regclass order by 1`,
        [`csms.${table}`],
      )
    ).rows.map((row) => row.name.replace('csms.', ''));

  it('are made ahead, once', async () => {
    for (let time = 0; time < 2; time++) await maintainPartitions(database.knex, new Date('2026-11-23T10:00:00Z'));
    assert.deepEqual(await partitions('samples'), [
      'samples_2026_10',
      'samples_2026_11',
      'samples_2026_12',
      'samples_2027_01',
      'samples_default',
    ]);
    assert.deepEqual(await partitions('outbox'), [
      'outbox_2026_11_22',
      'outbox_2026_11_23',
      'outbox_2026_11_24',
      'outbox_2026_11_25',
      'outbox_2026_11_26',
      'outbox_default',
    ]);
  });

  it('take what lay in the default partition, keys included', async () => {
    const insert = `insert into csms.samples (owner_id, partition_at, occurred_at, kind_id, ordinal, value, received_at)
      values ('0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000', '2027-02-10', '2027-02-10', 1, 0, 5, now()) on conflict do nothing`;
    await database.pool.query(insert);
    await maintainPartitions(database.knex, new Date('2026-12-01T00:00:00Z'));
    assert.equal((await database.pool.query('select * from csms.samples_2027_02')).rowCount, 1);
    assert.equal((await database.pool.query('select * from csms.samples_default')).rowCount, 0);
    assert.equal((await database.pool.query(insert)).rowCount, 0);
  });

  it('of the outbox are dropped after a week; those of samples stay', async () => {
    await maintainPartitions(database.knex, new Date('2026-12-10T00:00:00Z'));
    assert.ok(!(await partitions('outbox')).includes('outbox_2026_11_26'));
    assert.ok((await partitions('outbox')).includes('outbox_2026_12_10'));
    assert.ok((await partitions('outbox')).includes('outbox_default'));
    assert.ok((await partitions('samples')).includes('samples_2026_10'));
  });
});
