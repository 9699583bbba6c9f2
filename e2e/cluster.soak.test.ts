import { setTimeout as sleep } from 'node:timers/promises';
import type { StationDocument } from './harness/api-views.ts';
import { BareStation } from './harness/bare-station.ts';
import type { ClusterUnderTest } from './harness/cluster-under-test.ts';
import { chargeThroughTrouble, type Progress } from './harness/durability-scenarios.ts';
import { eventually } from './harness/eventually.ts';
import { oneCardOnTwoPiles } from './harness/one-card-on-two-piles.ts';
import { useCluster } from './harness/use-cluster.ts';

const PILES = 500;
/** After a trouble the stations are answered so often before the next one. */
const ANSWERS_BETWEEN = 1000;
const CARD_ROUNDS = 1000;

describe('a cluster: three NATS, two of each role, five hundred piles', function () {
  this.timeout(1_200_000);
  let cluster: ClusterUnderTest;

  useCluster(
    {
      nodes: {
        'gateway-1': ['station-gateway'],
        'gateway-2': ['station-gateway'],
        'csms-1': ['csms'],
        'csms-2': ['csms'],
        'billing-1': ['billing'],
        'billing-2': ['billing'],
        'operations-1': ['operations'],
        'operations-2': ['operations'],
        'api-1': ['admin-api'],
        'api-2': ['admin-api'],
      },
      brokers: 3,
      ownPostgres: true,
    },
    (started) => {
      cluster = started;
    },
  );
  it('loses nothing and doubles nothing when each of its parts is killed, one after the other', async () => {
    const report: string[] = [];
    await chargeThroughTrouble(
      cluster,
      { stations: PILES, meterValuesPerCharge: 4, answersAround: 3000, fleet: 's' },
      async (_, progress) => {
        const suffer = async (name: string, trouble: () => Promise<void>) => {
          const began = performance.now();
          await trouble();
          const overMs = performance.now() - began;
          await progress.moreAnswers(`the stations charge after ${name}`, ANSWERS_BETWEEN);
          const rateMs = performance.now() - began - overMs;
          report.push(`${name}: back after ${seconds(overMs)}, ${ANSWERS_BETWEEN} answers ${seconds(rateMs)} later`);
        };
        for (const node of ['gateway-1', 'csms-1', 'billing-1', 'operations-1', 'api-1', 'csms-2', 'gateway-2']) {
          await suffer(node, async () => {
            await cluster.node(node).kill9();
            await cluster.node(node).start();
          });
        }
        for (const [index, broker] of cluster.brokers.entries()) {
          await suffer(`broker ${index + 1}`, async () => {
            await broker.kill();
            await broker.restart();
          });
        }
        await suffer('PostgreSQL', () => cluster.killPostgres());
      },
    );
    console.error(report.map((line) => `      ${line}`).join('\n'));
  });

  it(`accepts one card on two piles once, ${CARD_ROUNDS} times`, async () => {
    const url = () => cluster.ocpp;
    await oneCardOnTwoPiles(await cluster.login(), { left: url, right: url }, CARD_ROUNDS);
  });
});

describe('a gateway that is cut off from the rest', function () {
  this.timeout(600_000);
  let cluster: ClusterUnderTest;

  useCluster(
    {
      nodes: {
        'gateway-1': ['station-gateway'],
        'gateway-2': ['station-gateway'],
        'csms-1': ['csms'],
        'csms-2': ['csms'],
        others: ['billing', 'operations', 'admin-api'],
      },
      cuttable: 'gateway-1',
    },
    (started) => {
      cluster = started;
    },
  );
  it('is not held against a station that it still has when it is back', async () => {
    const api = await cluster.login();
    const gateway = cluster.node('gateway-1').ready.ocpp;
    await using station = await BareStation.connect(gateway, 'cut-off');
    const isOnline = async () => (await api.get<StationDocument>('/stations/cut-off')).online;
    cluster.way?.cut();
    await eventually('the station is shown as offline', async () => !(await isOnline()), 60_000);
    cluster.way?.heal();
    await eventually(
      'the station is shown as online',
      async () => {
        await station.call('Heartbeat', {});
        return isOnline();
      },
      60_000,
    );
  });

  it('loses its piles to the other one; what it says late is stored once', async () => {
    await chargeThroughTrouble(
      cluster,
      { stations: 60, meterValuesPerCharge: 4, answersAround: 600, fleet: 'cut' },
      async (_, { moreAnswers }: Progress) => {
        cluster.way?.cut();
        // Longer than answers are held: the piles are let go, and go elsewhere.
        await sleep(25_000);
        await moreAnswers('the stations charge at the other gateway');
        cluster.way?.heal();
      },
    );
  });
});

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
