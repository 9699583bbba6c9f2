import assert from 'node:assert/strict';
import { seedDemo } from '@voltpile/server/demo/seed-demo';
import { DEMO, type ServerProcess, spawnServer } from '@voltpile/server/testing/server-process';
import { ApiClient } from './harness/api-client.ts';
import type { StationDocument, TransactionDocument } from './harness/api-views.ts';
import { eventually } from './harness/eventually.ts';
import { startInProcess } from './harness/server-in-process.ts';
import { makeTemporaryFolder, removeFolder } from './harness/temporary-folder.ts';

describe('npm run demo', () => {
  let dataDir: string;
  before(async () => {
    dataDir = await makeTemporaryFolder();
  });
  after(() => removeFolder(dataDir));

  /** Logs in with what the demo has told its user. */
  async function login(demo: ServerProcess, http: string): Promise<ApiClient> {
    const told = await eventually('the greeting', () => {
      const text = demo.stderr.join('\n');
      return /Ctrl-C ends/.test(text) ? text : undefined;
    });
    assert.ok(told.includes(`${http}/api/v1/docs`), told);
    const credentials = /-d '(\{.*\})'/.exec(told)?.[1];
    assert.ok(credentials, told);
    const { email, password } = JSON.parse(credentials) as { email: string; password: string };
    return ApiClient.login(http, email, password);
  }

  it('shows cars that charge within a minute, stops clean, and starts again on what it has made', async function () {
    this.timeout(120_000);
    const settings = { VOLTPILE_DATA_DIR: dataDir };
    const startedAt = Date.now();
    {
      await using demo = spawnServer(settings, DEMO);
      const { http } = await demo.ready;
      const api = await login(demo, http);
      const running = await eventually(
        'several charges with energy',
        async () => {
          const active = await api.all<TransactionDocument>('/transactions?status=active');
          return active.filter(({ energyWh }) => (energyWh ?? 0) > 0).length >= 2 && active;
        },
        60_000 - (Date.now() - startedAt),
      );
      for (const transaction of running) {
        // A pile tells the true start with the end.
        const flags = transaction.flags.filter((flag) => flag !== 'start-provisional');
        assert.deepEqual(flags, [], transaction.stationId);
        assert.ok(Math.abs(Date.parse(transaction.startedAt) - Date.now()) < 60_000, transaction.startedAt);
      }
      assert.deepEqual(await demo.kill('SIGINT'), { code: 0, signal: null }, demo.stderr.join('\n'));
      assert.equal(demo.stdout.length, 1);
      assert.doesNotMatch(demo.stderr.join('\n'), /error/i);
    }
    const restartedAt = Date.now();
    await using demo = spawnServer(settings, DEMO);
    const { http } = await demo.ready;
    const api = await login(demo, http);
    const all = await api.all<TransactionDocument>('/transactions');
    const before = all.filter((transaction) => Date.parse(transaction.startedAt) < restartedAt);
    assert.ok(before.length >= 2);
    for (const { stationId, status, flags } of before) assert.deepEqual([status, flags], ['ended', []], stationId);
    const sites = await api.all<{ name: string }>('/sites');
    assert.equal(sites.filter(({ name }) => /demo/.test(name)).length, 1);
    await eventually('the stations are back', async () => {
      const online = await api.all<{ id: string }>('/stations?online=true');
      return online.length >= 7;
    });
    assert.deepEqual(await demo.kill('SIGTERM'), { code: 0, signal: null }, demo.stderr.join('\n'));
  });

  it('refuses a database with stations that are not its own, and leaves it as it is', async () => {
    await using server = await startInProcess();
    const api = await server.login();
    await api.post('/stations', { id: 'REAL-1' });
    const sites = await api.all('/sites');
    await assert.rejects(seedDemo(server.voltpile.rooms.csms.operatorPorts), { code: 'demo.foreign_data' });
    assert.deepEqual(await api.all('/sites'), sites);
    assert.deepEqual(await api.all('/id-tokens'), []);
  });

  it('leaves what its user has changed', async () => {
    await using server = await startInProcess();
    const api = await server.login();
    const { operatorPorts } = server.voltpile.rooms.csms;
    const [first, ...others] = await seedDemo(operatorPorts);
    assert.ok(first);
    const { id } = first.station;
    const card = first.station.idTags[0]?.[0];
    await api.patch(`/stations/${id}`, { registrationStatus: 'Rejected', ratedPowerW: 1000 });
    await api.patch(`/id-tokens/${card}`, { status: 'Blocked' });
    await api.post('/stations', { id: 'MINE-1' });
    const again = await seedDemo(operatorPorts);
    assert.equal(again.length, others.length + 1);
    assert.notEqual(again[0]?.key, first.key);
    const station = await api.get<StationDocument & { ratedPowerW: number }>(`/stations/${id}`);
    assert.deepEqual([station.registrationStatus, station.ratedPowerW], ['Rejected', 1000]);
    assert.equal((await api.get<{ status: string }>(`/id-tokens/${card}`)).status, 'Blocked');
    assert.equal((await api.all('/stations')).length, again.length + 1);
  });
});
