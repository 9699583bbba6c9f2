import assert from 'node:assert/strict';
import type { ApiClient } from './harness/api-client.ts';
import { BareStation } from './harness/bare-station.ts';
import type { ClusterUnderTest } from './harness/cluster-under-test.ts';
import { eventually } from './harness/eventually.ts';
import { startInProcess } from './harness/server-in-process.ts';
import { useCluster } from './harness/use-cluster.ts';

interface Service {
  readonly name: string;
  readonly state: string;
  readonly openBreakers: number;
  readonly instances: readonly { readonly node: string; readonly pid: number; readonly roles: readonly string[] }[];
}

interface ServiceDetails extends Service {
  readonly methods: readonly { readonly port: string; readonly method: string; readonly calls: number }[];
  readonly callers: readonly {
    readonly roles: readonly string[];
    readonly port: string;
    readonly method: string;
    readonly breaker: string;
  }[];
  readonly queues: readonly { readonly name: string; readonly depth: number }[];
}

interface Event {
  readonly kind: string;
  readonly service: string;
  readonly node: string;
  readonly pid: number;
}

/** Of the registry: three answers missed, five seconds apart. */
const VANISHED_MS = 25_000;

const services = async (api: ApiClient) => (await api.get<{ items: Service[] }>('/services')).items;
const history = async (api: ApiClient) =>
  (await api.get<{ items: Event[] }>('/services/history?limit=100')).items.map(
    ({ kind, service, pid }) => `${service} ${pid} ${kind}`,
  );

describe('services of a cluster', function () {
  this.timeout(60_000);
  let cluster: ClusterUnderTest;
  let api: ApiClient;

  useCluster(
    {
      nodes: {
        gateway: ['station-gateway'],
        'csms-1': ['csms'],
        'csms-2': ['csms'],
        business: ['billing', 'operations'],
        api: ['admin-api'],
      },
    },
    async (started) => {
      cluster = started;
      api = await cluster.login();
    },
  );
  const pid = (node: string): number => cluster.node(node).ready.pid;

  it('are shown with their processes and figures', async () => {
    await using station = await BareStation.connect(cluster.ocpp, 'shown');
    await station.call('StatusNotification', { connectorId: 1, status: 'Available', errorCode: 'NoError' });
    const all = await services(api);
    assert.deepEqual(
      all.map(({ name, state, instances }) => [name, state, instances.map((one) => one.pid).sort()]),
      [
        ['station-gateway', 'up', [pid('gateway')]],
        ['csms', 'up', [pid('csms-1'), pid('csms-2')].sort()],
        ['billing', 'up', [pid('business')]],
        ['operations', 'up', [pid('business')]],
        ['admin-api', 'up', [pid('api')]],
      ],
    );
    assert.deepEqual(all[2]?.instances[0]?.roles, ['billing', 'operations']);
    const { methods, callers, queues } = await api.get<ServiceDetails>('/services/csms');
    const named = (one: { readonly port: string; readonly method: string }): boolean =>
      one.port === 'station' && one.method === 'connectorStatusChanged';
    assert.ok((methods.find(named)?.calls ?? 0) > 0);
    assert.deepEqual(callers.find(named)?.roles, ['station-gateway']);
    assert.ok(queues.some(({ name }) => name === 'commits.samples'));
  });

  it('that have died are gone, their callers hold back, and the history tells it', async () => {
    const [killed, stopped] = [pid('business'), pid('gateway')];
    await eventually('everybody is in the history', async () => {
      const told = await history(api);
      return ['billing', 'operations'].every((name) => told.includes(`${name} ${killed} appeared`));
    });
    await cluster.node('business').kill9();
    await cluster.node('gateway').stop();
    const billing = await eventually(
      'the breaker of a caller is open',
      async () => {
        await Promise.all(Array.from({ length: 25 }, () => api.request('GET', '/tariffs')));
        const shown = await api.get<ServiceDetails>('/services/billing');
        return shown.callers.some(({ breaker }) => breaker === 'open') && shown;
      },
      20_000,
    );
    assert.deepEqual([billing.state, billing.instances, billing.openBreakers > 0], ['down', [], true]);
    assert.deepEqual(billing.callers.find(({ breaker }) => breaker === 'open')?.roles, ['admin-api']);
    // It said so, though it keeps nothing itself.
    assert.ok((await history(api)).includes(`station-gateway ${stopped} stopped`));
    await eventually(
      'it has vanished',
      async () => {
        const told = await history(api);
        return ['billing', 'operations'].every((name) => told.includes(`${name} ${killed} vanished`));
      },
      VANISHED_MS,
    );
    assert.ok(!(await history(api)).includes(`station-gateway ${stopped} vanished`));

    await cluster.node('business').start();
    await eventually('it is back', async () => (await services(api))[2]?.state === 'up', 15_000);
    await eventually(
      'the history knows that it was restarted',
      async () => (await history(api)).includes(`billing ${pid('business')} restarted`),
      15_000,
    );
  });
});

describe('services of one process', () => {
  it('are the same, with one instance each', async () => {
    await using server = await startInProcess();
    const api = await server.login();
    await api.get('/tariffs');
    const all = await services(api);
    assert.ok(all.every(({ state, instances }) => state === 'up' && instances.length === 1));
    assert.ok(all.every(({ instances }) => instances[0]?.pid === process.pid && instances[0].roles.length === 5));
    const { methods, callers, queues } = await api.get<ServiceDetails>('/services/billing');
    assert.equal(methods.find(({ port, method }) => port === 'stored-tariffs' && method === 'list')?.calls, 1);
    assert.deepEqual([callers, queues], [[], []]);
    const csms = await api.get<ServiceDetails>('/services/csms');
    assert.ok(csms.queues.some(({ name, depth }) => name === 'commits.samples' && depth === 0));
    await eventually('it is in the history', async () => {
      await server.voltpile.rooms.jobs.runNow('platform.service-members');
      return (await history(api)).filter((event) => event.endsWith('appeared')).length === 5;
    });
    await server.voltpile.stop();
    const { rows } = await server.database.pool.query(
      `select service from platform.service_history where kind = 'stopped'`,
    );
    assert.equal(rows.length, 5);
  });
});
