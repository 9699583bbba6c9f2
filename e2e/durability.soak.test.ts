import {
  chargeThroughTrouble,
  freezePostgres,
  killPostgres,
  killServer,
  type LoadOptions,
  stopPostgres,
} from './harness/durability-scenarios.ts';
import { ServerUnderTest } from './harness/server-process.ts';

const LOAD: LoadOptions = { fleet: 'soak', stations: 50, meterValuesPerCharge: 10, answersAround: 5000 };
const ROUNDS = 5;
const TROUBLES = [killServer, killPostgres, stopPostgres, freezePostgres(15_000)];

describe('what was acknowledged is stored exactly once, through one trouble after another', () => {
  for (let round = 1; round <= ROUNDS; round++) {
    it(`round ${round}`, async () => {
      await using server = await ServerUnderTest.start();
      await chargeThroughTrouble(server, LOAD, async () => {
        for (const trouble of TROUBLES) await trouble(server);
      });
    });
  }
});
