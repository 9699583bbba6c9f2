import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiClient } from './harness/api-client.ts';
import { BareStation, HandshakeRefused } from './harness/bare-station.ts';
import type { ClusterUnderTest } from './harness/cluster-under-test.ts';
import { eventually } from './harness/eventually.ts';
import { blocksOf, LOG_IN, readGuide, sectionsOf } from './harness/guide.ts';
import { GUIDE_ADMIN, GuideShell, needsGuideTools } from './harness/guide-shell.ts';
import { readMetric } from './harness/metrics.ts';
import { startInProcess } from './harness/server-in-process.ts';
import { ADMIN, ServerUnderTest } from './harness/server-process.ts';
import { makeTemporaryFolder, removeFolder } from './harness/temporary-folder.ts';
import { useCluster } from './harness/use-cluster.ts';

const BOOT = { chargePointVendor: 'V', chargePointModel: 'M' };
/** What the guide promises. */
const TAKEN_MS = 2000;

const versionOf = async (api: ApiClient) => (await api.get<{ version: number }>('/settings')).version;
const change = async (api: ApiClient, changes: Readonly<Record<string, string | null>>) =>
  api.patch('/settings', { expectedVersion: await versionOf(api), reason: 'tried', changes });

describe('settings of a running server', () => {
  it('count from the next boot, stranger, connection and command on', async function () {
    this.timeout(60_000);
    await using server = await startInProcess({ config: { onboarding: 'pending' } });
    const api = await server.login();
    const boot = async (id: string) => {
      await using station = await BareStation.connect(server.ocpp, id);
      return await station.call<{ status: string; interval: number }>('BootNotification', BOOT);
    };
    assert.equal((await boot('A')).status, 'Pending');
    await change(api, {
      VOLTPILE_ONBOARDING: 'accept',
      VOLTPILE_HEARTBEAT_INTERVAL_SECONDS: '1000',
      VOLTPILE_COMMAND_TIMEOUT_SECONDS: '77',
      VOLTPILE_MESSAGE_LOG: 'all',
    });
    const { status, interval } = await boot('B');
    assert.equal(status, 'Accepted');
    // Spread by a tenth.
    assert.ok(interval >= 900 && interval <= 1100, String(interval));
    await eventually('messages that are fine are logged, too', async () => {
      const { items } = await api.get<{ items: { action: string }[] }>('/message-log?stationId=B');
      return items.some(({ action }) => action === 'BootNotification');
    });
    const command = await api.post<{ id: string }>('/stations/B/commands', { action: 'clear-cache', payload: {} });
    const { rows } = await server.database.pool.query<{ seconds: number }>(
      'select round(extract(epoch from deadline - created_at))::int as seconds from csms.commands where id = $1',
      [command.id],
    );
    assert.deepEqual(rows, [{ seconds: 77 }]);

    await using held = await BareStation.connect(server.ocpp, 'B');
    await change(api, { VOLTPILE_MAX_STATION_CONNECTIONS: '1', VOLTPILE_ONBOARDING: 'reject' });
    await assert.rejects(
      BareStation.connect(server.ocpp, 'C'),
      (error) => error instanceof HandshakeRefused && error.status === 503,
    );
    await change(api, { VOLTPILE_MAX_STATION_CONNECTIONS: null });
    await assert.rejects(
      BareStation.connect(server.ocpp, 'C'),
      (error) => error instanceof HandshakeRefused && error.status === 404,
    );
    await held.call('Heartbeat', {});

    await change(api, { VOLTPILE_API_REQUESTS_PER_USER: '10' });
    const statuses: number[] = [];
    for (let count = 0; count < 12; count++) statuses.push((await api.request('GET', '/services')).status);
    assert.equal(statuses.at(-1), 429);
  });

  it('are told by the guide as they are', async function () {
    needsGuideTools(this);
    this.timeout(60_000);
    const config = { adminEmail: GUIDE_ADMIN.email, adminPassword: GUIDE_ADMIN.password };
    await using server = await startInProcess({ config });
    const api = await ApiClient.login(server.http, GUIDE_ADMIN.email, GUIDE_ADMIN.password);
    await using shell = await GuideShell.open(server);
    await shell.follow(blocksOf(sectionsOf(await readGuide('getting-started.md'), LOG_IN)));
    const answers = await shell.follow(blocksOf(await readGuide('settings.md')));
    assert.ok(answers.length >= 8);
    assert.equal(await versionOf(api), 4);
    assert.match(await api.text('/settings/export'), /^VOLTPILE_HEARTBEAT_INTERVAL_SECONDS: "900"$/m);
  });

  it('come from a file, whose mistakes stop the start', async function () {
    this.timeout(120_000);
    const folder = await makeTemporaryFolder();
    const path = join(folder, 'settings.yaml');
    try {
      await writeFile(path, 'VOLTPILE_ZONE: rack-7\nVOLTPILE_ZONE: rack-8\n');
      await assert.rejects(
        ServerUnderTest.start({ VOLTPILE_CONFIG_FILE: path }),
        /settings\.yaml .*line 2: duplicate key/,
      );
      await writeFile(path, 'VOLTPILE_SECRET: hunter2hunter2hunter2hunter2hunter2\nVOLTPILE_ZOON: x\n');
      await assert.rejects(ServerUnderTest.start({ VOLTPILE_CONFIG_FILE: path }), (error: Error) => {
        assert.match(error.message, /VOLTPILE_ZOON is not a setting; VOLTPILE_ZONE is one/);
        assert.match(error.message, /VOLTPILE_SECRET is a secret/);
        return !/hunter2/.test(error.message);
      });
      await writeFile(path, 'VOLTPILE_ZONE: rack-7\nVOLTPILE_HEARTBEAT_INTERVAL_SECONDS: 500\n');
      await using server = await ServerUnderTest.start({ VOLTPILE_CONFIG_FILE: path });
      const api = await server.login();
      const { items } = await api.get<{ items: { name: string; source: string; value: string }[] }>('/settings');
      assert.deepEqual(
        items.filter(({ source }) => source === 'file').map(({ name, value }) => [name, value]),
        [
          ['VOLTPILE_HEARTBEAT_INTERVAL_SECONDS', '500'],
          ['VOLTPILE_ZONE', 'rack-7'],
        ],
      );
    } finally {
      await removeFolder(folder);
    }
  });
});

describe('settings of a cluster', function () {
  this.timeout(180_000);
  let cluster: ClusterUnderTest;
  let api: ApiClient;
  const NODES = {
    gateway: ['station-gateway'],
    csms: ['csms'],
    business: ['billing', 'operations'],
    api: ['admin-api'],
  } as const;

  useCluster({ nodes: NODES, ownPostgres: true }, async (started) => {
    cluster = started;
    api = await cluster.login();
  });

  const figure = (node: string, name: string): Promise<number> =>
    readMetric(cluster.node(node).ready.internal ?? assert.fail(), `voltpile_settings_${name}`);
  const everywhere = (name: string, value: number, milliseconds: number) =>
    Promise.all(
      Object.keys(NODES).map((node) =>
        eventually(`${name} of ${node} is ${value}`, async () => (await figure(node, name)) === value, milliseconds),
      ),
    );

  it('are taken by every process within two seconds, the one without a database included', async () => {
    await everywhere('version', 0, TAKEN_MS);
    await change(api, { VOLTPILE_LOG_LEVEL: 'info', VOLTPILE_MAX_STATION_CONNECTIONS: '1' });
    await everywhere('version', 1, TAKEN_MS);
    await using one = await BareStation.connect(cluster.ocpp, 'one');
    await assert.rejects(
      BareStation.connect(cluster.ocpp, 'other'),
      (error) => error instanceof HandshakeRefused && error.status === 503,
    );
    await one.call('Heartbeat', {});
    // They were started with `warn`.
    await change(api, { VOLTPILE_MAX_STATION_CONNECTIONS: null });
    await everywhere('version', 2, TAKEN_MS);
    for (const node of Object.keys(NODES)) {
      await eventually('the log tells it', () =>
        cluster.node(node).log.some((line) => line.includes('settings were taken') && line.includes('"version":2')),
      );
    }
  });

  it('hold while PostgreSQL is away, and change when it is back', async () => {
    const version = await versionOf(api);
    await cluster.killPostgres();
    await everywhere('version', version, TAKEN_MS);
    await eventually('the API answers again', () => versionOf(api), 30_000);
    await change(api, { VOLTPILE_HEARTBEAT_INTERVAL_SECONDS: '1000' });
    await everywhere('version', version + 1, TAKEN_MS);
  });

  it('that a process cannot use are ignored there, and told', async () => {
    const version = await versionOf(api);
    // As another version of the program would store it; and nobody is told.
    await cluster.query(
      `insert into platform.settings values ($1, now(), 'upgrade', 'tomorrow', 'change', null, '{"VOLTPILE_TOMORROW": "x", "VOLTPILE_ONBOARDING": "maybe"}')`,
      [version + 1],
    );
    await everywhere('version', version + 1, TAKEN_MS);
    await everywhere('ignored', 2, TAKEN_MS);
    await using station = await BareStation.connect(cluster.ocpp, 'still');
    const boot = await station.call<{ status: string }>('BootNotification', BOOT);
    assert.equal(boot.status, 'Accepted');
    await change(api, { VOLTPILE_TOMORROW: null, VOLTPILE_ONBOARDING: null });
    await everywhere('ignored', 0, TAKEN_MS);
  });

  it('are there from the start of a process, also those that need a restart', async () => {
    await change(api, { VOLTPILE_OCPP_COMPRESSION: 'off' });
    await everywhere('waiting', 1, TAKEN_MS);
    await cluster.node('gateway').stop();
    await cluster.node('gateway').start();
    assert.deepEqual([await figure('gateway', 'waiting'), await figure('csms', 'waiting')], [0, 1]);
  });

  it('are told nowhere in clear when they are secret', async () => {
    const stored = await cluster.query('select texts::text from platform.settings');
    const told = JSON.stringify([await api.get('/settings'), await api.text('/settings/export'), stored, cluster.log]);
    assert.match(told, /VOLTPILE_ADMIN_PASSWORD/);
    assert.ok(!told.includes(ADMIN.password));
  });
});
