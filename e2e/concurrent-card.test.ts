import assert from 'node:assert/strict';
import pg from 'pg';
import { oneCardOnTwoPiles } from './harness/one-card-on-two-piles.ts';
import { type ServerInProcess, startInProcess } from './harness/server-in-process.ts';

const ROUNDS = 1000;

describe('one card on two piles at the same instant', function () {
  this.timeout(60_000);
  let server: ServerInProcess;

  before(async () => {
    server = await startInProcess();
  });
  after(() => server[Symbol.asyncDispose]());

  it(`is accepted exactly once, ${ROUNDS} times`, async () => {
    const url = () => server.ocpp;
    await oneCardOnTwoPiles(await server.login(), { left: url, right: url }, ROUNDS);
    assert.deepEqual(server.log, []);
    // The counter is complete once the server's own connections are closed.
    await server.voltpile.stop();
    const client = new pg.Client({ connectionString: server.database.url });
    await client.connect();
    const { rows } = await client.query<{ deadlocks: string; accepted: string }>(
      `select deadlocks, (select count(*) from csms.transactions where authorization_status = 'Accepted') as accepted
       from pg_stat_database where datname = current_database()`,
    );
    await client.end();
    assert.deepEqual(rows, [{ deadlocks: '0', accepted: `${ROUNDS}` }]);
  });
});
