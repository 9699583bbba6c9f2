import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import fc from 'fast-check';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { CostReport } from '../contract/costs-port.ts';
import type { DeviceVariable } from '../contract/station-port.ts';
import { type Admitted, type CsmsBench, createCsmsBench } from '../testing/csms-bench.ts';
import { namedReport } from '../testing/named-reports.ts';

const START = Date.parse('2026-03-01T12:00:00Z');
const EUR = 'EUR';

describe('costs of charges', () => {
  let bench: CsmsBench;
  let station: Admitted;
  let identity: string;
  let transactionId: string;
  let count = 0;

  before(async () => {
    bench = await createCsmsBench({ settings: { costDisplays: { intervalMs: 1 } } });
  });
  after(() => bench[Symbol.asyncDispose]());
  beforeEach(async () => {
    identity = `COST-${++count}`;
    station = await bench.connect(identity, { protocol: 'ocpp2.0.1', capabilities: ['get-base-report', 'show-cost'] });
    transactionId = (await report('Started', 0)).transactionId as string;
    bench.link.executed.length = 0;
  });

  function report(
    kind: 'Started' | 'Updated' | 'Ended',
    number: number,
    more: { token?: string; name?: string; evseId?: number } = {},
  ) {
    const at = new Date(START + number * 60_000).toISOString();
    const facts = { station: station.station, number, at, evseId: 1, ...more };
    return bench.csms.stationPort[`transaction${kind}`](
      namedReport({ ...facts, ...(number === 0 ? { registers: [[1000, 'Transaction.Begin']] } : {}) }),
    );
  }

  function told(minute: number, amount: string, more: Partial<CostReport> = {}): CostReport {
    return {
      transactionId,
      cost: { amount, currency: EUR },
      remaining: null,
      energyWh: minute * 100.5,
      asOf: START + minute * 60_000,
      isFinal: false,
      ...more,
    };
  }
  const tell = (minute: number, amount: string, more: Partial<CostReport> = {}) =>
    bench.csms.billingPorts.costs.tell([told(minute, amount, more)]);
  const view = () => bench.csms.operatorPorts.transactions.get(EVERYTHING, transactionId);
  const changes = async () =>
    (await bench.events()).filter(
      ({ type, stationId }) => type === 'transaction.cost-changed' && stationId === identity,
    );

  it('are none until they are told', async () => {
    const { cost, remaining } = await view();
    assert.deepEqual([cost, remaining], [null, null]);
    assert.equal('finalCost' in (await report('Ended', 1)), false);
  });

  it('are kept with their transaction, told, shown, and part of the answer to an end once they are final', async () => {
    await tell(10, '1.20', { remaining: { amount: '8.80', currency: EUR } });
    const { cost, remaining } = await view();
    assert.deepEqual(cost, { amount: '1.20', currency: EUR, asOf: '2026-03-01T12:10:00.000Z', isFinal: false });
    assert.deepEqual(remaining, { amount: '8.80', currency: EUR });
    assert.deepEqual(
      (await changes()).map(({ data }) => data),
      [
        {
          transactionId,
          stationTransactionId: 'tx-1',
          evseId: 1,
          cost: { amount: '1.20', currency: EUR },
          remaining: { amount: '8.80', currency: EUR },
          energyWh: 1005,
          asOf: '2026-03-01T12:10:00.000Z',
          isFinal: false,
        },
      ],
    );
    assert.deepEqual(
      bench.link.executed.map(({ command }) => command),
      [
        {
          action: 'show-cost',
          stationTransactionId: 'tx-1',
          payload: {
            evseId: 1,
            idToken: null,
            cost: { amount: '1.20', currency: EUR },
            remaining: { amount: '8.80', currency: EUR },
            meterWh: 2005,
            asOf: '2026-03-01T12:10:00.000Z',
            isCharging: true,
            isFinal: false,
          },
        },
      ],
    );
    assert.deepEqual(await report('Updated', 11), { transactionId, stationTransactionId: 'tx-1' });
    assert.equal((await report('Updated', 12, { token: 'CARD' })).finalCost, undefined);
    assert.equal((await report('Ended', 20)).finalCost, undefined);
    await tell(20, '2.40', { isFinal: true });
    const shown = bench.link.executed.map(
      ({ command }) => command.action === 'show-cost' && [command.payload.cost.amount, command.payload.isFinal],
    );
    assert.deepEqual(shown.slice(1), [['2.40', true]]);
    assert.deepEqual((await report('Ended', 20)).finalCost, { amount: '2.40', currency: EUR });
    assert.deepEqual((await view()).cost?.isFinal, true);
  });

  it('are kept for several at once, the newest of each', async () => {
    const other = { transactionId: (await report('Started', 0, { name: 'tx-2', evseId: 2 })).transactionId as string };
    await bench.csms.billingPorts.costs.tell([
      told(10, '1.00'),
      told(5, '9.00', other),
      told(12, '1.20', { transactionId: transactionId.toUpperCase() }),
      told(11, '1.10'),
      told(5, '9.00', { transactionId: uuidv7() }),
      told(5, '9.00', { transactionId: 'nonsense' }),
    ]);
    assert.equal((await view()).cost?.amount, '1.20');
    assert.deepEqual(
      (await changes()).map(({ data }) => [data.transactionId, data.asOf]),
      [
        [transactionId, '2026-03-01T12:12:00.000Z'],
        [other.transactionId, '2026-03-01T12:05:00.000Z'],
      ],
    );
    await bench.csms.billingPorts.costs.tell([]);
  });

  it('say nothing when they are older, or the same again', async () => {
    await tell(10, '1.20');
    await tell(9, '1.10');
    await tell(10, '1.2');
    await tell(12, '1.20');
    assert.deepEqual((await view()).cost?.asOf, '2026-03-01T12:12:00.000Z');
    assert.deepEqual([(await changes()).length, bench.link.executed.length], [1, 1]);
    await tell(12, '1.25');
    assert.equal((await changes()).length, 2);
  });

  it('stay final, and may be corrected', async () => {
    await tell(30, '9.99');
    await tell(20, '2.40', { isFinal: true });
    await tell(40, '3.00');
    assert.deepEqual((await view()).cost, {
      amount: '2.40',
      currency: EUR,
      asOf: '2026-03-01T12:20:00.000Z',
      isFinal: true,
    });
    await tell(20, '0.00', { isFinal: true });
    assert.equal((await view()).cost?.amount, '0.00');
  });

  it('of no transaction that is there are dropped', async () => {
    await tell(1, '1.00', { transactionId: uuidv7() });
    await tell(1, '1.00', { transactionId: 'nonsense' });
    assert.deepEqual(await changes(), []);
  });

  it('end as the newest ones, in whatever order they are told', async function () {
    this.timeout(30_000);
    const reports = [
      [10, '1.00', false],
      [20, '2.00', false],
      [30, '3.00', false],
      [25, '2.50', true],
    ] as const;
    const order = fc.shuffledSubarray([...reports, ...reports], { minLength: 8 });
    await fc.assert(
      fc.asyncProperty(order, fc.boolean(), async (all, atOnce) => {
        await bench.rows('delete from csms.transaction_costs');
        const tells = all.map(
          ([minute, amount, isFinal]) =>
            () =>
              tell(minute, amount, { isFinal }),
        );
        if (atOnce) await Promise.all(tells.map((each) => each()));
        else for (const each of tells) await each();
        const { cost } = await view();
        assert.deepEqual([cost?.amount, cost?.isFinal], ['2.50', true]);
      }),
      { numRuns: 30 },
    );
  });

  describe('are shown where the station', () => {
    const executed = () => bench.link.executed.length;
    const says = (...variables: DeviceVariable[]) =>
      bench.csms.stationPort.deviceReported({
        origin: bench.origin(station),
        part: {
          requestId: 1,
          sequenceNumber: 0,
          generatedAt: { text: '', at: instant(START) },
          toBeContinued: false,
        },
        variables,
      });
    const variable = (component: string, name: string, instance: string | undefined, value: string) =>
      ({
        component: { name: component },
        variable: { name, ...(instance === undefined ? {} : { instance }) },
        attributes: [{ type: 'Actual', value }],
      }) satisfies DeviceVariable;
    const asKeys = () => bench.admit(identity, { protocol: 'ocpp1.6', capabilities: ['get-variables', 'show-cost'] });

    it('has a way for it, and does not say that it shows none', async () => {
      await says(variable('TariffCostCtrlr', 'Enabled', 'Tariff', 'false'));
      await tell(1, '1.00');
      assert.equal(executed(), 1);
      await says(variable('TariffCostCtrlr', 'Enabled', 'Cost', 'false'));
      await tell(2, '2.00', { isFinal: true });
      assert.equal(executed(), 1);
    });

    it('says that it knows the extension that it takes', async () => {
      await asKeys();
      await tell(1, '1.00', { isFinal: true });
      assert.equal(executed(), 0);
      await says(variable('Configuration', 'CustomDisplayCostAndPrice', undefined, 'True'));
      await tell(2, '2.00', { isFinal: true });
      assert.equal(executed(), 1);
    });

    it('has nothing that could be read', async () => {
      await bench.admit(identity, { protocol: 'ykc', capabilities: ['show-cost'] });
      await tell(1, '1.00');
      assert.equal(executed(), 1);
    });

    it('can be reached', async () => {
      await bench.csms.stationPort.disconnected(station.station, station.epoch, 'gone');
      await tell(1, '1.00', { isFinal: true });
      await bench.admit(identity, { capabilities: ['clear-cache'] });
      await tell(2, '2.00', { isFinal: true });
      assert.equal(executed(), 0);
    });
  });
});
