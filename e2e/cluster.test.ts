import assert from 'node:assert/strict';
import type { ApiClient } from './harness/api-client.ts';
import type { CommandDocument, StationDocument } from './harness/api-views.ts';
import { BareStation } from './harness/bare-station.ts';
import type { ClusterUnderTest } from './harness/cluster-under-test.ts';
import { chargeThroughTrouble } from './harness/durability-scenarios.ts';
import { eventually } from './harness/eventually.ts';
import { readMetric } from './harness/metrics.ts';
import { oneCardOnTwoPiles } from './harness/one-card-on-two-piles.ts';
import { useCluster } from './harness/use-cluster.ts';

const CARD_ROUNDS = 200;
const LOAD = { stations: 60, meterValuesPerCharge: 4, answersAround: 600 };

describe('a cluster: one NATS, two gateways, two csms', function () {
  this.timeout(180_000);
  let cluster: ClusterUnderTest;

  useCluster(
    {
      nodes: {
        'gateway-1': ['station-gateway'],
        'gateway-2': ['station-gateway'],
        'csms-1': ['csms'],
        'csms-2': ['csms'],
        business: ['billing', 'operations'],
        api: ['admin-api'],
      },
    },
    (started) => {
      cluster = started;
    },
  );

  const at = (node: string, role: 'ocpp' | 'http' | 'internal'): string => {
    const url = cluster.node(node).ready[role];
    assert.ok(url !== undefined);
    return url;
  };
  const finished = (api: ApiClient, { id }: CommandDocument) =>
    eventually('an end of the command', async () => {
      const command = await api.get<CommandDocument>(`/commands/${id}`);
      return command.status !== 'pending' && command;
    });

  it('carries a command to the gateway that holds the socket, and says offline when that is gone', async () => {
    const api = await cluster.login();
    const give = (id: string) =>
      api.post<CommandDocument>(`/stations/${id}/commands`, { action: 'clear-cache', payload: {}, timeoutSeconds: 20 });
    await using one = await BareStation.connect(at('gateway-1', 'ocpp'), 'held-by-1');
    await using other = await BareStation.connect(at('gateway-2', 'ocpp'), 'held-by-2');
    for (const station of [one, other, one]) {
      const command = await give(station === one ? 'held-by-1' : 'held-by-2');
      (await station.nextCall('ClearCache')).reply({ status: 'Accepted' });
      assert.equal((await finished(api, command)).status, 'accepted');
    }
    // The newer socket wins, wherever the older one is.
    await using newer = await BareStation.connect(at('gateway-2', 'ocpp'), 'held-by-1');
    assert.equal((await one.closed).code, 1008);
    const moved = await give('held-by-1');
    (await newer.nextCall('ClearCache')).reply({ status: 'Accepted' });
    assert.equal((await finished(api, moved)).status, 'accepted');

    const underWay = await api.post<CommandDocument>('/stations/held-by-2/commands', {
      action: 'clear-cache',
      payload: {},
      timeoutSeconds: 600,
    });
    await other.nextCall('ClearCache');
    await cluster.node('gateway-2').kill9();
    try {
      assert.equal((await finished(api, await give('held-by-2'))).status, 'offline');
      // Nobody has told that the socket is gone: that its gateway is gone is seen.
      const isOffline = async () => !(await api.get<StationDocument>('/stations/held-by-2')).online;
      await eventually('the station is offline', isOffline, 60_000);
      // Long before its time is over.
      assert.equal((await finished(api, underWay)).status, 'unknown');
    } finally {
      await cluster.node('gateway-2').start();
    }
  });

  it(`accepts one card on two piles once, through two csms, ${CARD_ROUNDS} times`, async () => {
    const urls = { left: () => at('gateway-1', 'ocpp'), right: () => at('gateway-2', 'ocpp') };
    await oneCardOnTwoPiles(await cluster.login(), urls, CARD_ROUNDS);
    const [one = 0, other = 0] = await Promise.all(
      ['csms-1', 'csms-2'].map((node) =>
        readMetric(at(node, 'internal'), 'voltpile_port_served_seconds_count', 'method="transactionStarted"'),
      ),
    );
    const share = one / (one + other);
    assert.ok(share > 0.4 && share < 0.6, `the two share the work: ${one} and ${other}`);
    const [database] = await cluster.query<{ deadlocks: string }>(
      'select deadlocks from pg_stat_database where datname = current_database()',
    );
    assert.equal(database?.deadlocks, '0');
  });

  it('gives work to a third csms without a restart of anything', async () => {
    const third = await cluster.add('csms-3', ['csms']);
    await using station = await BareStation.connect(at('gateway-1', 'ocpp'), 'third');
    const served = () =>
      readMetric(at('csms-3', 'internal'), 'voltpile_port_served_seconds_count', 'method="connectorStatusChanged"');
    await eventually('the third one is asked, too', async () => {
      await station.call('StatusNotification', { connectorId: 1, status: 'Available', errorCode: 'NoError' });
      return (await served()) > 0;
    });
    await third.stop();
  });

  it('charges on while billing is away, and settles when it is back', async () => {
    const api = await cluster.login();
    await cluster.node('business').kill9();
    await chargeThroughTrouble(cluster, { ...LOAD, fleet: 'a' }, async () => {
      const breaker = () => readMetric(at('csms-1', 'internal'), 'voltpile_breaker_state', 'method="reserve"');
      await eventually('the breaker opens', async () => (await breaker()) === 2, 30_000);
    });
    await cluster.node('business').start();
    await eventually(
      'every charge is settled',
      async () => {
        const [row] = await cluster.query<{ left: string }>(
          `select count(*) as left from csms.transactions t left join billing.settlements s on s.transaction_id = t.id
           where t.status = 'ended' and (s.state is null or s.state = 'pending')`,
        );
        return row?.left === '0';
      },
      60_000,
    );
    const proof = await api.post<{ isSound: boolean }>('/ledger/proofs', {});
    assert.equal(proof.isSound, true);
  });
  for (const [fleet, node] of [
    ['c', 'csms-1'],
    ['g', 'gateway-1'],
  ] as const) {
    it(`loses nothing and doubles nothing when ${node} is killed and started again`, async () => {
      await chargeThroughTrouble(cluster, { ...LOAD, fleet }, async () => {
        await cluster.node(node).kill9();
        await cluster.node(node).start();
      });
    });
  }

  it('loses nothing and doubles nothing when NATS is killed and started again', async () => {
    await chargeThroughTrouble(cluster, { ...LOAD, fleet: 'n' }, async () => {
      await cluster.brokers[0]?.kill();
      await cluster.brokers[0]?.restart();
    });
  });
});
