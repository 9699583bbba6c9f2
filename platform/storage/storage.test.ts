import assert from 'node:assert/strict';
import { PLATFORM_MIGRATIONS } from '../jobs/migrations.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { createStorage } from './storage.ts';
import type { TableSizeView } from './storage-port.ts';

describe('what a database holds', () => {
  let test: TestDatabase;
  before(async () => {
    test = await createTestDatabase({ migrations: [PLATFORM_MIGRATIONS] });
    await test.pool.query(`
      create schema shop;
      create table shop.orders (id int, note text, at date not null) partition by range (at);
      create table shop.orders_may partition of shop.orders for values from ('2026-05-01') to ('2026-06-01');
      create table shop.orders_june partition of shop.orders for values from ('2026-06-01') to ('2026-07-01');
      create index on shop.orders (id);
      insert into shop.orders select n, repeat('x', 100), date '2026-05-01' + n % 60 from generate_series(1, 3000) n;
      analyze shop.orders`);
  });
  after(() => test.dispose());

  const orders = async (): Promise<TableSizeView> => {
    const { tables } = await createStorage(test.database).port.size();
    return tables.find(({ schema, name }) => schema === 'shop' && name === 'orders') as TableSizeView;
  };

  it('is told by table, with all that belongs to it, the largest first', async () => {
    const { bytes, database, tables } = await createStorage(test.database).port.size();
    const sum = tables.reduce((all, table) => all + table.bytes, 0);
    assert.ok(bytes >= sum && sum > 400_000, `${bytes} of which ${sum}`);
    assert.doesNotMatch(database, /@|user=/);
    assert.deepEqual(tables[0], await orders());
    assert.equal(tables[0]?.rows, 3000);
    assert.ok(tables.every(({ name }) => !name.startsWith('orders_')));
    assert.ok(tables.some(({ schema, name }) => schema === 'platform' && name === 'jobs'));
  });

  it('is compared with what it was', async () => {
    const [job] = createStorage(test.database).jobs;
    const { signal } = new AbortController();
    await job?.run(signal);
    await job?.run(signal);
    assert.deepEqual([(await orders()).bytesAWeekAgo, (await orders()).bytesAMonthAgo], [null, null]);
    const { bytes } = await orders();
    const age = (days: number) => test.pool.query('update platform.table_sizes set day = day - $1::integer', [days]);
    await age(8);
    assert.deepEqual([(await orders()).bytesAWeekAgo, (await orders()).bytesAMonthAgo], [bytes, null]);
    await age(30);
    assert.equal((await orders()).bytesAMonthAgo, bytes);
    await age(400);
    await job?.run(signal);
    const { rows } = await test.pool.query('select distinct day = current_date as today from platform.table_sizes');
    assert.deepEqual(rows, [{ today: true }]);
  });
});
