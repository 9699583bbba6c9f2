import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import fc from 'fast-check';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { ChargingCurve } from '../contract/charging-curves-port.ts';
import type { MeterReading, SampledValue, StationBill, TransactionReport } from '../contract/station-port.ts';
import { type Admitted, type CsmsBench, createCsmsBench } from '../testing/csms-bench.ts';

const START = Date.parse('2026-03-01T12:00:00Z');
/** A minute of the charge. */
const at = (minute: number) => instant(START + minute * 60_000);
const claimed = (minute: number) => ({ text: new Date(at(minute)).toISOString(), at: at(minute) });

describe('charging curves', () => {
  let bench: CsmsBench;
  let station: Admitted;
  let identity: string;
  let count = 0;

  before(async () => {
    bench = await createCsmsBench();
    await bench.csms.operatorPorts.idTokens.create(EVERYTHING, {
      idToken: 'CARD',
      concurrentTransactions: true,
      accountRef: 'account-1',
    });
  });
  after(() => bench[Symbol.asyncDispose]());
  beforeEach(async () => {
    identity = `CURVE-${++count}`;
    station = await bench.connect(identity);
  });

  const port = () => bench.csms.stationPort;
  const origin = (minute = 40) => bench.origin(station, { receivedAt: at(minute) });

  async function only(): Promise<ChargingCurve> {
    const { items } = await bench.csms.operatorPorts.transactions.list(
      EVERYTHING,
      { stationId: identity },
      { limit: 9 },
    );
    assert.equal(items.length, 1);
    const curve = await bench.csms.billingPorts.curves.read(items[0]?.id as string);
    assert.ok(curve !== null);
    return curve;
  }
  const shown = (curve: ChargingCurve) =>
    curve.readings.map((reading) => [(reading.at - START) / 60_000, reading.energyMilliWh / 1000]);
  const activities = (curve: ChargingCurve) =>
    curve.activities.map(({ from, activity }) => [(from - START) / 60_000, activity]);

  function value(measurand: string, value: number, more: Partial<SampledValue> = {}): SampledValue {
    const rest = { phase: null, location: 'Outlet', context: 'Sample.Periodic', format: 'Raw', unit: null } as const;
    return { measurand, value: String(value), basis: 'register', ...rest, ...more };
  }
  const energy = (wh: number, more: Partial<SampledValue> = {}) =>
    value('Energy.Active.Import.Register', wh, { unit: 'Wh', ...more });
  const reading = (minute: number, ...values: SampledValue[]): MeterReading => ({
    timestamp: claimed(minute),
    values,
  });

  /** A station that is given a number: registers of the start and the end are told by themselves. */
  function numbered() {
    let number: string | undefined;
    const start = () => ({
      origin: origin(0),
      evse: { evseId: 1, connectorId: 1 },
      idToken: { value: 'CARD' },
      timestamp: claimed(0),
      meterWh: '1000',
      readings: [],
    });
    return {
      async start() {
        const answer = await port().transactionStarted(start());
        number = answer.stationTransactionId as string;
      },
      sample: (minute: number, ...values: SampledValue[]) =>
        port().metered({
          origin: origin(minute),
          evseId: 1,
          stationTransactionId: number,
          readings: [reading(minute, ...values)],
        }),
      end: (more: Partial<TransactionReport> = {}) =>
        port().transactionEnded({
          origin: origin(),
          stationTransactionId: number,
          timestamp: claimed(40),
          meterWh: '11000',
          readings: [],
          ...more,
        }),
      status: (minute: number, detail: string) =>
        port().connectorStatusChanged({
          origin: origin(minute),
          evseId: 1,
          connectorId: 1,
          status: 'Occupied',
          detail,
          timestamp: claimed(minute),
        }),
    };
  }

  /** A report of a station that names its transactions. */
  function named(kind: 'Started' | 'Updated' | 'Ended', minute: number, more: Partial<TransactionReport> = {}) {
    return port()[`transaction${kind}`]({
      origin: origin(minute),
      stationTransactionId: 'TX',
      sequence: { number: minute, digest: `${kind} ${minute}` },
      evse: { evseId: 1, connectorId: 1 },
      timestamp: claimed(minute),
      readings: [],
      ...more,
    });
  }

  const BILL: StationBill = {
    energyMilliWh: 10_000_000,
    lossAdjustedMilliWh: null,
    amount: '7.00',
    currency: 'CNY',
    periods: [],
    details: {},
  };

  it('are those of no transaction that is not there', async () => {
    assert.equal(await bench.csms.billingPorts.curves.read(uuidv7()), null);
    assert.equal(await bench.csms.billingPorts.curves.read('nonsense'), null);
  });

  it('tell the power that the station was rated at when the charge began', async () => {
    const { stations } = bench.csms.operatorPorts;
    await stations.update(EVERYTHING, identity, { ratedPowerW: 22_000 });
    await numbered().start();
    await stations.update(EVERYTHING, identity, { ratedPowerW: 11_000 });
    assert.equal((await only()).ratedPowerW, 22_000);
  });

  it('tell of a station that tells registers and the status of its connector', async () => {
    const charge = numbered();
    await charge.status(0, 'Preparing');
    await charge.start();
    const phases = ['L1', 'L2', 'L3'].map((phase) => value('Current.Import', 16, { phase, unit: 'A' }));
    await charge.status(1, 'Charging');
    await charge.sample(10, energy(3000), value('Power.Active.Import', 11.04, { unit: 'kW' }), ...phases);
    let curve = await only();
    assert.deepEqual(
      [shown(curve), curve.transaction.status, curve.transaction.energyWh],
      [[[10, 2000]], 'active', 2000],
    );
    assert.deepEqual([curve.readings[0]?.powerMilliW, curve.readings[0]?.currentMicroA], [11_040_000, 48_000_000]);
    await charge.sample(20, energy(5000), value('Current.Import', 7, { unit: 'A' }), ...phases.slice(0, 1));
    await charge.status(25, 'SuspendedEV');
    await charge.status(30, 'SuspendedEVSE');
    await charge.status(32, 'Faulted');
    await charge.status(35, 'Finishing');
    await charge.end();
    await charge.status(41, 'Charging');
    curve = await only();
    assert.deepEqual(shown(curve), [
      [10, 2000],
      [20, 4000],
      [40, 10_000],
    ]);
    assert.deepEqual([curve.readings[1]?.powerMilliW, curve.readings[1]?.currentMicroA], [undefined, 7_000_000]);
    assert.deepEqual(activities(curve), [
      [25, 'parking'],
      [30, 'charging'],
      [35, 'parking'],
    ]);
    const { accountRef, currency, site, reservedFrom, stationBill, transaction } = curve;
    assert.deepEqual(site, { name: 'Default site', address: null });
    const address = { street: 'Marktplatz 3', city: 'Musterstadt', postalCode: null, country: 'DEU' };
    await bench.rows('update csms.sites set name = $1, address = $2', ['Markt', JSON.stringify(address)]);
    assert.deepEqual((await only()).site, { name: 'Markt', address });
    assert.deepEqual(
      [accountRef, currency, reservedFrom, stationBill, transaction.billableEnergyWh],
      ['account-1', 'EUR', null, null, 10_000],
    );
    assert.deepEqual(await bench.rows('select id from csms.start_intents where id = $1', [curve.intentId]), [
      { id: curve.intentId },
    ]);
  });

  it('tell of a station that says how its transaction goes', async () => {
    await named('Started', 0, { chargingState: 'EVConnected', idToken: { value: 'CARD' } });
    await named('Updated', 5, { chargingState: 'Charging' });
    await named('Updated', 30, { chargingState: 'SuspendedEV' });
    await named('Updated', 10, { chargingState: 'Charging', readings: [reading(10, energy(500))] });
    await named('Ended', 40, {
      chargingState: 'Idle',
      readings: [reading(40, energy(900, { context: 'Transaction.End' }))],
    });
    const curve = await only();
    assert.deepEqual(activities(curve), [[30, 'parking']]);
    assert.deepEqual(shown(curve), [
      [10, 0],
      [40, 400],
    ]);
  });

  it('are in proportion to the bill of a station that adds the loss of the line', async () => {
    const session = (minute: number, wh: number) => [reading(minute, energy(wh, { basis: 'session' }))];
    await named('Started', 0, { chargingState: 'Charging', readings: session(0, 0) });
    await named('Updated', 10, { readings: session(10, 2500) });
    await named('Updated', 39, { readings: session(39, 10_000) });
    const bill = { ...BILL, lossAdjustedMilliWh: 10_100_100 };
    await named('Ended', 40, { bill, chargingState: 'EVConnected' });
    const curve = await only();
    assert.deepEqual(shown(curve), [
      [10, 2525.025],
      [39, 10_100.1],
      [40, 10_100.1],
    ]);
    assert.deepEqual([activities(curve), curve.stationBill?.lossAdjustedEnergyWh], [[], 10_100.1]);
  });

  it('are known by group, and by their end', async () => {
    const curves = bench.csms.billingPorts.curves;
    const ids: string[] = [];
    for (const evseId of [2, 1]) {
      const stationTransactionId = `TX-${evseId}`;
      await port().authorize({
        origin: origin(0),
        idToken: { value: 'CARD' },
        evseId,
        stationTransactionId,
        parallelGroup: 'G',
      });
      const more = { stationTransactionId, evse: { evseId, connectorId: 1 } };
      const { transactionId } = await named('Started', evseId, { ...more, namedByUs: true });
      await named('Ended', 7000 + evseId, more);
      ids.push(transactionId as string);
    }
    const [second, first] = ids as [string, string];
    assert.deepEqual(await curves.group(identity, 'G'), [first, second]);
    assert.deepEqual([await curves.group('other', 'G'), await curves.group(identity, 'H')], [[], []]);
    const sorted = [...ids].sort();
    const [from, to] = [at(7001), at(7003)];
    assert.deepEqual(await curves.ended(from, to, null, 10), sorted);
    assert.deepEqual(await curves.ended(from, to, null, 1), sorted.slice(0, 1));
    assert.deepEqual(await curves.ended(from, to, sorted[0] as string, 10), sorted.slice(1));
    assert.deepEqual(await curves.ended(from, at(7002), null, 10), [first]);
  });

  it('know since when a reservation kept the EVSE', async () => {
    const reservations = bench.csms.operatorPorts.reservations;
    const expiresAt = new Date(at(30)).toISOString();
    const made = await reservations.create(
      EVERYTHING,
      identity,
      { evseId: 1, idToken: 'CARD', expiresAt },
      { requestedBy: null },
    );
    await named('Started', 10, { idToken: { value: 'CARD' }, reservationId: made.reservationId });
    assert.equal((await only()).reservedFrom, Date.parse(made.createdAt));
  });

  it('come to the same energy in whatever order reports come, however often, and whatever the station speaks', async function () {
    this.timeout(60_000);
    const minutes = [5, 12, 20, 33];
    const wh = (minute: number) => 1000 + minute * 200;
    const total = 10_000_000;
    const dialects = {
      numbered() {
        const charge = numbered();
        const samples = minutes.map((minute) => () => charge.sample(minute, energy(wh(minute))));
        return { first: charge.start, rest: [...samples, () => charge.end()] };
      },
      named() {
        const bound = (minute: number, context: string, register: number) => ({
          readings: [reading(minute, energy(register, { context }))],
          idToken: { value: 'CARD' },
        });
        const samples = minutes.map(
          (minute) => () => named('Updated', minute, { readings: [reading(minute, energy(wh(minute)))] }),
        );
        const start = () => named('Started', 0, bound(0, 'Transaction.Begin', 1000));
        return {
          first: async () => {},
          rest: [start, ...samples, () => named('Ended', 40, bound(40, 'Transaction.End', 11_000))],
        };
      },
      billed() {
        const samples = minutes.map((minute) => () => {
          const values = [energy(wh(minute) - 1000, { basis: 'session' })];
          return named('Updated', minute, { chargingState: 'Charging', readings: [reading(minute, ...values)] });
        });
        const start = () => named('Started', 0);
        return { first: async () => {}, rest: [start, ...samples, () => named('Ended', 40, { bill: BILL })] };
      },
    };
    const order = fc
      .shuffledSubarray([...Array(6).keys(), ...Array(6).keys()], { minLength: 6 })
      .filter((indices) => new Set(indices).size === 6);
    await fc.assert(
      fc.asyncProperty(order, async (indices) => {
        for (const make of Object.values(dialects)) {
          identity = `CURVE-${++count}`;
          station = await bench.connect(identity);
          const { first, rest } = make();
          await first();
          for (const index of indices) await rest[index % rest.length]?.();
          const curve = await only();
          assert.deepEqual(shown(curve), [...minutes.map((minute) => [minute, wh(minute) - 1000]), [40, total / 1000]]);
          assert.equal(curve.transaction.billableEnergyWh, total / 1000);
        }
      }),
      { numRuns: 20 },
    );
  });
});
