import assert from 'node:assert/strict';
import { VoltpileError } from '@voltpile/kernel/errors';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import {
  classifyDatabaseError,
  connectDatabase,
  databaseConflict,
  databaseUnavailable,
  describeDatabase,
  isConflictError,
  isConnectionError,
  withDatabaseErrors,
} from './connection.ts';

async function errorOf(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  assert.fail('nothing was thrown');
}

describe('database connections', () => {
  let test: TestDatabase;
  before(async () => {
    test = await createTestDatabase();
  });
  after(() => test.dispose());

  it('gives 64-bit integers as text', async () => {
    const { rows } = await test.pool.query(`select 9007199254740993::int8 as big`);
    assert.equal(rows[0].big, '9007199254740993');
  });

  it('gives a pipeline up whose answer does not come', async () => {
    const client = await test.database.dedicatedClient({ pipeline: true, answerTimeoutMs: 100 });
    const outcomes = await Promise.allSettled([client.query('select pg_sleep(30)'), client.query('select 1')]);
    for (const outcome of outcomes) {
      assert.equal(outcome.status, 'rejected');
      assert.ok(isConnectionError((outcome as PromiseRejectedResult).reason));
    }
  });

  it('sends queries of a pipeline without waiting', async () => {
    const client = await test.database.dedicatedClient({ pipeline: true });
    const results = await Promise.all([1, 2, 3].map((n) => client.query('select $1::int as n', [n])));
    assert.deepEqual(
      results.map(({ rows }) => rows[0].n),
      [1, 2, 3],
    );
    await client.end();
  });

  it('says unavailable when nobody is there', async () => {
    for (const url of ['postgresql:///x?host=/nonexistent', 'postgresql://127.0.0.1:1/x']) {
      const database = connectDatabase({ url });
      assert(isConnectionError(await errorOf(database.pool.query('select 1'))), url);
      assert(isConnectionError(await errorOf(database.knex.raw('select 1'))), url);
      assert(databaseUnavailable.is(await errorOf(database.dedicatedClient())), url);
      await database.close();
    }
  });

  it('says unavailable when the line is cut, and works again after', async () => {
    const database = connectDatabase(test.config);
    const client = await database.pool.connect();
    const { rows } = await client.query('select pg_backend_pid() as pid');
    const query = errorOf(client.query('select pg_sleep(30)'));
    await test.pool.query('select pg_terminate_backend($1)', [rows[0].pid]);
    assert(isConnectionError(await query));
    assert(isConnectionError(await errorOf(client.query('select 1'))));
    client.release(true);
    assert.equal((await database.pool.query('select 1 as one')).rows[0].one, 1);
    await database.close();
    assert(isConnectionError(await errorOf(database.pool.query('select 1'))));
    assert(isConnectionError(await errorOf(database.knex.raw('select 1'))));
  });

  it('tells deadlocks and lock timeouts from other errors', async () => {
    await test.pool.query('create table pair (id int primary key, n int)');
    await test.pool.query('insert into pair values (1, 0), (2, 0)');
    const [one, other] = [await test.pool.connect(), await test.pool.connect()];
    for (const client of [one, other]) await client.query(`begin; set local deadlock_timeout = '20ms'`);
    await one.query('update pair set n = 1 where id = 1');
    await other.query('update pair set n = 1 where id = 2');
    const outcomes = await Promise.allSettled([
      one.query('update pair set n = 2 where id = 2'),
      other.query('update pair set n = 2 where id = 1'),
    ]);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    assert(isConflictError(failed?.reason));
    assert(databaseConflict.is(classifyDatabaseError(failed?.reason)));
    for (const client of [one, other]) {
      await client.query('rollback');
      client.release();
    }
    const duplicate = await errorOf(withDatabaseErrors(() => test.pool.query('insert into pair values (1, 0)')));
    assert(!(duplicate instanceof VoltpileError) && !isConnectionError(duplicate) && !isConflictError(duplicate));
  });

  for (const [code, expected] of [
    ['08006', true],
    ['57P01', true],
    ['57P03', true],
    ['53300', true],
    ['57014', true],
    ['23505', false],
    ['42P01', false],
    ['40001', false],
  ] as const) {
    it(`takes SQLSTATE ${code} for ${expected ? 'an absent database' : 'an answer'}`, () => {
      assert.equal(isConnectionError(Object.assign(new Error('x'), { code })), expected);
    });
  }

  it('takes a missing file for what it is', () => {
    assert.equal(isConnectionError(Object.assign(new Error('x'), { code: 'ENOENT', syscall: 'open' })), false);
    assert.equal(isConnectionError('57P01'), false);
  });

  it('names a database without its password', () => {
    assert.equal(describeDatabase({ url: 'postgresql://me:hunter2@db:5432/volt' }), 'db:5432/volt');
    assert.equal(describeDatabase({ url: 'postgresql:///volt?host=/run/pg&user=me' }), '/run/pg/volt');
    assert.equal(describeDatabase({ url: 'nonsense' }), 'the database');
  });
});
