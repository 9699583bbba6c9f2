import assert from 'node:assert/strict';
import {
  chargeThroughTrouble,
  freezePostgres,
  killPostgres,
  killServer,
  stopPostgres,
} from './harness/durability-scenarios.ts';
import { ServerUnderTest } from './harness/server-process.ts';

const LOAD = { stations: 50, meterValuesPerCharge: 4, answersAround: 1000 };

describe('what was acknowledged is stored exactly once', function () {
  this.timeout(60_000);
  let server: ServerUnderTest;

  before(async () => {
    server = await ServerUnderTest.start();
  });
  after(() => server[Symbol.asyncDispose]());

  it('when the server is killed under load and started again', async () => {
    const { resent, recordsResent } = await chargeThroughTrouble(server, { ...LOAD, fleet: 'killed' }, killServer);
    assert.ok(resent >= LOAD.stations / 2, `only ${resent} messages were in doubt`);
    assert.ok(recordsResent > 0, 'no record of a pile was in doubt');
  });

  it('when PostgreSQL is killed under load', async () => {
    const { pid } = server;
    await chargeThroughTrouble(server, { ...LOAD, fleet: 'crashed' }, killPostgres);
    assert.ok(server.isRunning && server.pid === pid);
  });

  it('when PostgreSQL is shut down under load', async () => {
    await chargeThroughTrouble(server, { ...LOAD, fleet: 'stopped' }, stopPostgres);
    assert.ok(server.isRunning);
  });

  it('when PostgreSQL stands still for 5 s under load: answers wait, no socket is lost', async () => {
    const { resent } = await chargeThroughTrouble(server, { ...LOAD, fleet: 'frozen' }, freezePostgres(5000));
    assert.equal(resent, 0);
    assert.ok(server.isRunning);
  });
});
