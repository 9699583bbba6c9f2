import assert from 'node:assert/strict';
import { assertChargedOnce } from './harness/assert-charged-once.ts';
import { ServerUnderTest } from './harness/server-process.ts';
import { makePayers, settleThroughKills, tellAgain } from './harness/settle-through-kills.ts';

describe('what was charged is paid exactly once', function () {
  this.timeout(60_000);

  it('when the server is killed while it settles, twice, and hears of every end again', async () => {
    await using server = await ServerUnderTest.start();
    const payers = await makePayers(server);
    const charges = await settleThroughKills(server, payers, { stations: 3, charges: 300, kills: 2 });
    assert.ok(charges >= 300);
    await assertChargedOnce(server, payers, charges);
    await tellAgain(server);
    await assertChargedOnce(server, payers, charges);
  });
});
