import assert from 'node:assert/strict';
import { runStorm } from '@voltpile/bench/storm-load';
import { LoopStation } from './harness/charging-loop.ts';
import { ServerUnderTest } from './harness/server-process.ts';

const STATIONS = 1000;
const CHARGING = 10;

describe('stations that all come back at once', function () {
  this.timeout(120_000);
  let server: ServerUnderTest;

  before(async () => {
    server = await ServerUnderTest.start();
  });
  after(() => server[Symbol.asyncDispose]());

  it(`are all let in, ${STATIONS} of them, and charges go on meanwhile`, async () => {
    const api = await server.login();
    await using stack = new AsyncDisposableStack();
    const charging: LoopStation[] = [];
    for (let index = 0; index < CHARGING; index++) {
      const idTag = `CALM-${index}`;
      await api.post('/id-tokens', { idToken: idTag, type: 'ISO14443', status: 'Accepted' });
      const identity = `calm-${index}`;
      charging.push(stack.use(new LoopStation({ url: () => server.ocpp, identity, idTag, meterValuesPerCharge: 4 })));
    }
    const answers = () => charging.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
    const before = answers();
    const storm = runStorm([server.ocpp], STATIONS, (frame) => frame.includes('"Accepted"'));
    await Promise.race([storm, ...charging.map(({ failed }) => failed)]);
    assert.ok(answers() > before, 'no charge was answered during the storm');
    await Promise.all(charging.map((station) => station.finish()));
    assert.deepEqual(
      charging.flatMap(({ lostSockets, refusals }) => [...lostSockets, ...refusals]),
      [],
    );
    const [row] = await server.query<{ booted: string }>(
      `select count(*) as booted from csms.stations where identity like 'BENCH-%' and last_boot_at is not null`,
    );
    assert.equal(row?.booted, String(STATIONS));
  });
});
