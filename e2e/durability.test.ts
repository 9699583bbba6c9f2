import assert from 'node:assert/strict';
import {
  chargeThroughTrouble,
  freezePostgres,
  killPostgres,
  killServer,
  type LoadOptions,
  stopPostgres,
} from './harness/durability-scenarios.ts';
import { ServerUnderTest } from './harness/server-process.ts';

const LOAD: LoadOptions = { stations: 50, meterValuesPerCharge: 4, answersAround: 1500 };

describe('what was acknowledged is stored exactly once', function () {
  this.timeout(60_000);
  let server: ServerUnderTest;

  beforeEach(async () => {
    server = await ServerUnderTest.start();
  });
  afterEach(() => server[Symbol.asyncDispose]());

  it('when the server is killed under load and started again', async () => {
    const { resent } = await chargeThroughTrouble(server, LOAD, killServer);
    assert.ok(resent >= LOAD.stations / 2, `only ${resent} messages were in doubt`);
  });

  it('when PostgreSQL is killed under load', async () => {
    const { pid } = server;
    await chargeThroughTrouble(server, LOAD, killPostgres);
    assert.ok(server.isRunning && server.pid === pid);
  });

  it('when PostgreSQL is shut down under load', async () => {
    await chargeThroughTrouble(server, LOAD, stopPostgres);
    assert.ok(server.isRunning);
  });

  it('when PostgreSQL stands still for 5 s under load: answers wait, no socket is lost', async () => {
    const { resent } = await chargeThroughTrouble(server, LOAD, freezePostgres(5000));
    assert.equal(resent, 0);
    assert.ok(server.isRunning);
  });
});
