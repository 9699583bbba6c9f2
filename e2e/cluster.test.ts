import assert from 'node:assert/strict';
import { needsNatsServer } from '@voltpile/platform/testing/nats-server';
import { ClusterUnderTest } from './harness/cluster-under-test.ts';
import { chargeThroughTrouble } from './harness/durability-scenarios.ts';

const LOAD = { stations: 60, meterValuesPerCharge: 4, answersAround: 600 };

describe('a cluster: one NATS, two gateways, two csms', function () {
  this.timeout(120_000);
  let cluster: ClusterUnderTest;

  before(async function () {
    cluster = await ClusterUnderTest.start(needsNatsServer(this), {
      nodes: {
        'gateway-1': ['station-gateway'],
        'gateway-2': ['station-gateway'],
        'csms-1': ['csms'],
        'csms-2': ['csms'],
        business: ['billing', 'operations', 'admin-api'],
      },
    });
  });
  after(() => cluster?.[Symbol.asyncDispose]());

  it('charges', async () => {
    const { acknowledged } = await chargeThroughTrouble(cluster, { ...LOAD, fleet: 'calm' }, async () => {});
    assert.ok(acknowledged > 1000);
  });
});
