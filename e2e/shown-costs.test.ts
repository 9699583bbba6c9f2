import assert from 'node:assert/strict';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { TransactionView } from '@voltpile/csms/contract/operator-ports';
import { type CsmsBench, createCsmsBench } from '@voltpile/csms/testing/csms-bench';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createMetrics } from '@voltpile/platform/telemetry/metrics';
import { SimulatedStation16 } from '@voltpile/simulators/ocpp16/station';
import { SimulatedStation201 } from '@voltpile/simulators/ocpp201/station';
import type { SimulatedStationOptions } from '@voltpile/simulators/station/station-options';
import { VirtualTime } from '@voltpile/simulators/virtual-time';
import { SimulatedPile } from '@voltpile/simulators/ykc/pile';
import { createOcpp16Dialect } from '@voltpile/station-gateway/protocols/ocpp16/dialect';
import { createOcpp201Dialect } from '@voltpile/station-gateway/protocols/ocpp201/dialect';
import { createYkcFamily } from '@voltpile/station-gateway/protocols/ykc/family';
import { createStationGateway, type GatewayUrls } from '@voltpile/station-gateway/service';
import { BareStation } from './harness/bare-station.ts';
import { eventually } from './harness/eventually.ts';

const CARD = 'D14B0A54';
const PILE = '32010600019236';

describe('what a charge costs', () => {
  let bench: CsmsBench;
  let urls: GatewayUrls;
  let time: VirtualTime;
  const opened = new AsyncDisposableStack();

  before(async () => {
    bench = opened.use(await createCsmsBench({ settings: { onboarding: 'accept', costDisplays: { intervalMs: 5 } } }));
    await bench.csms.operatorPorts.idTokens.create(EVERYTHING, { idToken: CARD, concurrentTransactions: true });
    const { clock } = bench;
    const gateway = createStationGateway({
      port: bench.csms.stationPort,
      dialects: [await createOcpp201Dialect({ clock }), await createOcpp16Dialect({ clock })],
      piles: { families: [createYkcFamily()], settings: { port: 0, allowUnauthenticated: true } },
      settings: { port: 0, allowUnauthenticated: true },
      logger: createLogger({ level: 'silent', format: 'json' }),
      metrics: createMetrics().registry,
      clock,
      nodeId: 'node-1',
    });
    bench.csms.setLink(gateway.link);
    urls = await gateway.listen();
    opened.defer(() => gateway.stop(1000));
    time = VirtualTime.stepped(clock.now());
    opened.defer(() => time.close());
  });
  after(() => opened.disposeAsync());

  const options = (identity: string, url: string): SimulatedStationOptions => ({
    identity,
    url,
    time,
    meterStartWh: 1_000_000,
    reconnect: { jitter: 0 },
  });

  /** Starts the station and a charge at it. */
  async function charge(station: SimulatedStation16 | SimulatedStation201 | SimulatedPile): Promise<TransactionView> {
    opened.defer(() => station.stop());
    await station.start();
    station.plugIn(1);
    await station.presentCard(1, CARD);
    await time.settle();
    const { identity } = station.options;
    return eventually('the charge is known', async () => {
      const page = await bench.csms.operatorPorts.transactions.list(EVERYTHING, { stationId: identity }, { limit: 9 });
      return page.items[0];
    });
  }

  const shows = (check: () => void): Promise<unknown> =>
    eventually('it is shown', () => {
      check();
      return true;
    });
  const tell = (
    transactionId: string,
    amount: string,
    currency: string,
    more: { remaining?: string; isFinal?: true },
  ) =>
    bench.csms.billingPorts.costs.tell([
      {
        transactionId,
        cost: { amount, currency },
        remaining: more.remaining === undefined ? null : { amount: more.remaining, currency },
        energyWh: 100,
        asOf: bench.clock.now() + 60_000 * Number(amount),
        isFinal: more.isFinal === true,
      },
    ]);

  it('is shown by a station of OCPP 1.6 that says that it can', async () => {
    const station = new SimulatedStation16(options('COST-16', urls.ocpp));
    const { id, stationTransactionId } = await charge(station);
    await tell(id, '0.90', 'EUR', {});
    await bench.csms.operatorPorts.commands.submit(
      EVERYTHING,
      'COST-16',
      { action: 'get-variables', payload: {}, requestedBy: null },
      ['operate'],
    );
    await eventually('the key is known', async () => {
      const rows = await bench.rows(
        `select from csms.device_variables where variable_name = 'CustomDisplayCostAndPrice'`,
      );
      return rows.length === 1;
    });
    assert.equal(station.shownCost, undefined);
    const transactionId = Number(stationTransactionId);
    await tell(id, '1.20', 'EUR', {});
    await shows(() => assert.deepEqual(station.shownCost, { transactionId, cost: 1.2, isFinal: false }));
    await tell(id, '2.40', 'EUR', { isFinal: true });
    await shows(() => assert.deepEqual(station.shownCost, { transactionId, cost: 2.4, isFinal: true }));
  });

  it('is shown by a station of OCPP 2.0.1, the final cost once the charge is settled', async () => {
    const station = new SimulatedStation201(options('COST-201', urls.ocpp));
    const { id } = await charge(station);
    const transaction = station.connector(1).transaction;
    await tell(id, '1.20', 'EUR', {});
    await shows(() => assert.equal(transaction?.totalCost, 1.2));
    await station.presentCard(1, CARD);
    await time.settle();
    // As it was: the answer to the end names no cost that is not final.
    assert.equal(transaction?.totalCost, 1.2);
    await tell(id, '2.40', 'EUR', { isFinal: true });
    await shows(() => assert.deepEqual(station.shownCost, { transactionId: transaction?.transactionId, cost: 2.4 }));
  });

  it('is told with the answer to an end that comes again', async () => {
    await using station = await BareStation.connect(urls.ocpp, 'COST-AGAIN', { protocols: ['ocpp2.0.1'] });
    station.onCall('CostUpdated', (call) => call.reply({}));
    const say = (eventType: 'Started' | 'Updated' | 'Ended', seqNo: number) =>
      station.call<{ totalCost?: number }>('TransactionEvent', {
        eventType,
        timestamp: new Date(bench.clock.now() + seqNo).toISOString(),
        triggerReason: 'Trigger',
        seqNo,
        transactionInfo: { transactionId: 'again' },
      });
    await say('Started', 0);
    const { items } = await bench.csms.operatorPorts.transactions.list(
      EVERYTHING,
      { stationId: 'COST-AGAIN' },
      { limit: 1 },
    );
    const id = items[0]?.id as string;
    await tell(id, '1.73', 'EUR', {});
    assert.deepEqual([await say('Updated', 1), await say('Ended', 2)], [{}, {}]);
    await tell(id, '13.63', 'EUR', { isFinal: true });
    assert.deepEqual(await say('Ended', 2), { totalCost: 13.63 });
  });

  it('raises what a pile may spend when its driver has paid in', async () => {
    const pile = new SimulatedPile(options(PILE, urls.ykc ?? ''));
    const { id } = await charge(pile);
    await tell(id, '1.50', 'CNY', { remaining: '98.50' });
    const charging = pile.gunOf('01')?.transaction;
    await shows(() => assert.equal(charging?.balance, 10_000));
    await tell(id, '3.00', 'CNY', { remaining: '197.00' });
    await shows(() => assert.equal(charging?.balance, 20_000));
  });
});
