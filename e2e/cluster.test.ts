import { needsNatsServer } from '@voltpile/platform/testing/nats-server';
import { ClusterUnderTest } from './harness/cluster-under-test.ts';
import { chargeThroughTrouble } from './harness/durability-scenarios.ts';

const LOAD = { stations: 60, meterValuesPerCharge: 4, answersAround: 600 };

describe('a cluster: one NATS, two gateways, two csms', function () {
  this.timeout(180_000);
  let cluster: ClusterUnderTest;

  before(async function () {
    cluster = await ClusterUnderTest.start(needsNatsServer(this), {
      nodes: {
        'gateway-1': ['station-gateway'],
        'gateway-2': ['station-gateway'],
        'csms-1': ['csms'],
        'csms-2': ['csms'],
        business: ['billing', 'operations'],
        api: ['admin-api'],
      },
    });
  });
  after(() => cluster?.[Symbol.asyncDispose]());
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(cluster.log.slice(-60).join('\n'));
  });

  for (const [fleet, node] of [
    ['c', 'csms-1'],
    ['g', 'gateway-1'],
    ['b', 'business'],
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
