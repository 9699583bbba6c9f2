import assert from 'node:assert/strict';
import { assertChargedOnce } from './harness/assert-charged-once.ts';
import { ServerUnderTest } from './harness/server-process.ts';
import { makePayers, settleThroughKills, tellAgain } from './harness/settle-through-kills.ts';

describe('what was charged is paid exactly once, of a thousand charges', () => {
  it('when the server is killed while it settles, five times', async () => {
    await using server = await ServerUnderTest.start();
    const payers = await makePayers(server);
    const charges = await settleThroughKills(server, payers, { stations: 5, charges: 1000, kills: 5 });
    assert.ok(charges >= 1000);
    await tellAgain(server);
    await assertChargedOnce(server, payers, charges);
  });
});
