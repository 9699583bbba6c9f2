import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import fc from 'fast-check';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { StationBillView, TransactionView } from '../contract/operator-ports.ts';
import type { MeterReading, StationBill, TransactionReport } from '../contract/station-port.ts';
import { type NamedFacts, namedReport } from '../testing/named-reports.ts';
import {
  createTransactionsBench,
  energyReading,
  originOf,
  type TransactionsBench,
} from '../testing/transactions-bench.ts';

/** A charge of a station that counts from the start while it charges, and tells registers and a bill at the end. */
describe('bills that stations make', () => {
  let bench: TransactionsBench;
  let station: string;

  before(async () => {
    bench = await createTransactionsBench();
    await bench.addToken('CARD', { concurrent: true });
  });
  after(() => bench[Symbol.asyncDispose]());
  beforeEach(async () => {
    station = await bench.addStation({ ratedPowerW: 60_000 });
  });

  const SERIAL = '32010600019236012603011200000001';
  const RECEIVED = instant(Date.parse('2026-03-01T12:40:30Z'));
  const time = (minute: number, second = 0) =>
    new Date(Date.UTC(2026, 2, 1, 12, minute, second)).toISOString().replace('.000Z', 'Z');

  /** 10.0001 kWh, and 1 % of it is lost on the way. */
  const BILL: StationBill = {
    energyMilliWh: 10_000_100,
    lossAdjustedMilliWh: 10_100_100,
    amount: '7.1087',
    currency: 'CNY',
    periods: [
      {
        name: 'sharp',
        pricePerKwh: '1.23456',
        energyMilliWh: 4_000_100,
        lossAdjustedMilliWh: 4_040_100,
        amount: '4.9877',
      },
      {
        name: 'valley',
        pricePerKwh: '0.35000',
        energyMilliWh: 6_000_000,
        lossAdjustedMilliWh: 6_060_000,
        amount: '2.1210',
      },
    ],
    details: { startKind: 'card', stopCode: 65, vin: null },
  };

  const base = { name: SERIAL, number: 0, evseId: 1 } as const;
  const ours = { namedByUs: true } as const;
  const heard = (minute: number, second = 5): Facts => ({
    ...base,
    at: time(minute, second),
    more: { ...ours, provisional: true },
  });
  const sample = (minute: number, wh: number): Facts => ({
    ...base,
    at: time(minute),
    more: { ...ours, readings: [session(minute, wh)] },
  });
  const begun = (wh?: number): Facts => ({
    ...base,
    at: time(0),
    ...(wh === undefined ? {} : { registers: [[wh, 'Transaction.Begin']] }),
    more: ours,
  });
  const ended = (wh?: number, bill: StationBill = BILL, minute = 40): Facts => ({
    ...base,
    at: time(minute),
    ...(wh === undefined ? {} : { registers: [[wh, 'Transaction.End']] }),
    more: { ...ours, bill, stopReason: 'Local' },
  });
  type Facts = Omit<NamedFacts, 'station'>;
  const METHODS = {
    started: 'transactionStarted',
    updated: 'transactionUpdated',
    ended: 'transactionEnded',
  } as const;
  const report = (kind: keyof typeof METHODS, facts: Facts, receivedAt?: typeof RECEIVED) =>
    bench.service[METHODS[kind]](
      namedReport({ station, ...facts, ...(receivedAt === undefined ? {} : { receivedAt }) }),
    );
  const record = async (start: Facts, end: Facts) => {
    await report('started', start, RECEIVED);
    return report('ended', end, RECEIVED);
  };
  const authorize = () =>
    bench.service.authorize({
      origin: originOf(station, instant(Date.parse('2026-03-01T11:59:00Z'))),
      idToken: { value: 'CARD' },
      evseId: 1,
      stationTransactionId: SERIAL,
    });

  const session = (minute: number, wh: number): MeterReading => energyReading(time(minute), wh, 'session');

  async function only(): Promise<TransactionView> {
    const { rows } = await bench.database.pool.query('select id from csms.transactions where station_id = $1', [
      station,
    ]);
    assert.equal(rows.length, 1);
    return bench.service.transactions.get(EVERYTHING, rows[0].id);
  }

  async function bills(): Promise<readonly StationBillView[]> {
    return (await bench.service.transactions.bills(EVERYTHING, (await only()).id, { limit: 50 })).items;
  }

  async function told(): Promise<{ type: string; data: Record<string, unknown> }[]> {
    const { rows } = await bench.database.pool.query(
      `select o.type, o.data from csms.outbox o join csms.stations s on s.identity = o.station_id where s.id = $1 order by o.id`,
      [station],
    );
    return rows;
  }

  const energyOf = ({ status, energyWh, billableEnergyWh, flags, holds }: TransactionView) => ({
    status,
    energyWh,
    billableEnergyWh,
    flags: [...flags].sort(),
    holds,
  });

  it('are kept beside the registers, and tell the loss of the line', async () => {
    await authorize();
    await report('started', heard(0));
    await report('updated', sample(10, 2500.1));
    await report('updated', sample(20, 5000.3));
    const running = await only();
    assert.deepEqual([running.status, running.energyWh, running.meterStartWh], ['active', 5000.3, null]);
    const metered = (await told()).filter(({ type }) => type === 'transaction.metered');
    assert.deepEqual(
      metered.map(({ data }) => [data.energyWh, data.meterWh]),
      [
        [2500.1, null],
        [5000.3, null],
      ],
    );
    await record(begun(1000.2), ended(11_000.3));
    const one = await only();
    assert.deepEqual(energyOf(one), {
      status: 'ended',
      energyWh: 10_000.1,
      billableEnergyWh: 10_100.1,
      flags: [],
      holds: [],
    });
    assert.deepEqual([one.meterStartWh, one.meterStopWh, one.idToken], [1000.2, 11_000.3, 'CARD']);
    assert.deepEqual(await bills(), [
      {
        receivedAt: '2026-03-01T12:40:30.000Z',
        energyWh: 10_000.1,
        lossAdjustedEnergyWh: 10_100.1,
        amount: { amount: '7.1087', currency: 'CNY' },
        periods: [
          {
            name: 'sharp',
            pricePerKwh: '1.23456',
            energyWh: 4000.1,
            lossAdjustedEnergyWh: 4040.1,
            amount: '4.9877',
          },
          { name: 'valley', pricePerKwh: '0.35000', energyWh: 6000, lossAdjustedEnergyWh: 6060, amount: '2.1210' },
        ],
        details: { startKind: 'card', stopCode: 65, vin: null },
      },
    ]);
    const { rows } = await bench.database.pool.query(
      'select organization_id, site_id from csms.station_bills where station_id = $1',
      [station],
    );
    assert.deepEqual(rows, [{ organization_id: bench.organizationId, site_id: bench.siteId }]);
    const elsewhere = { kind: 'sites', siteIds: [one.id] } as const;
    await assert.rejects(bench.service.transactions.bills(elsewhere, one.id, { limit: 1 }), /no such transaction/);
  });

  it('tell the energy where no register is known', async () => {
    await record(begun(), ended());
    assert.deepEqual(energyOf(await only()), {
      status: 'ended',
      energyWh: 10_000.1,
      billableEnergyWh: 10_100.1,
      flags: ['energy-from-bill', 'name-unknown', 'offline-start'],
      holds: [],
    });
    const [, end] = (await told()).filter(({ type }) => type.startsWith('transaction.'));
    assert.deepEqual([end?.type, end?.data.energyWh], ['transaction.ended', 10_000.1]);
  });

  it('change nothing when they come again', async () => {
    const answer = await record(begun(0), ended(10_000.1));
    const [one, events] = [await only(), await told()];
    const details = Object.fromEntries(Object.entries(BILL.details).reverse());
    for (const bill of [BILL, { ...BILL, details }]) {
      assert.deepEqual(await record(begun(0), ended(10_000.1, bill)), answer);
    }
    assert.deepEqual(await only(), one);
    assert.deepEqual(await told(), events);
    assert.equal((await bills()).length, 1);
  });

  it('hold the transaction when they contradict each other; the first one counts', async () => {
    await record(begun(), ended());
    const events = (await told()).length;
    const other = { ...BILL, energyMilliWh: 9_000_000, lossAdjustedMilliWh: null, periods: [] };
    await record(begun(), ended(undefined, other));
    const expected = {
      status: 'ended',
      energyWh: 10_000.1,
      billableEnergyWh: null,
      flags: ['bill-conflict', 'energy-from-bill', 'name-unknown', 'offline-start'],
      holds: ['bill-conflict'],
    };
    assert.deepEqual(energyOf(await only()), expected);
    // People are told, once.
    assert.deepEqual(
      (await told()).slice(events).map(({ type, data }) => [type, (data.flags as string[]).includes('bill-conflict')]),
      [['transaction.updated', true]],
    );
    for (const bill of [other, BILL, other]) await record(begun(), ended(undefined, bill));
    assert.deepEqual(energyOf(await only()), expected);
    const third = { ...other, details: { vin: 'LSVAU2180N2183294' } };
    await report('ended', ended(undefined, third), RECEIVED);
    assert.deepEqual(
      (await bills()).map(({ energyWh, conflicting }) => [energyWh, conflicting]),
      [
        [10_000.1, undefined],
        [9000, true],
        [9000, true],
      ],
    );
    const { id } = await only();
    const pages: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await bench.service.transactions.bills(EVERYTHING, id, { limit: 1, cursor });
      pages.push(page.items.length);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    assert.deepEqual(pages, [1, 1, 1]);
    await assert.rejects(bench.service.transactions.bills(EVERYTHING, id, { limit: 1, cursor: 'x' }), /cursor/);
  });

  it('hold what the registers or the trail contradict, also when samples come later', async () => {
    await authorize();
    await record(begun(0), ended(10_000.1));
    assert.deepEqual((await only()).holds, []);
    // 10,100.1 Wh is what 1 % allows.
    await report('updated', sample(39, 10_100.1), RECEIVED);
    let one = await only();
    assert.deepEqual([one.holds, one.billableEnergyWh], [[], 10_100.1]);
    await report('updated', sample(40, 10_100.2), RECEIVED);
    one = await only();
    assert.deepEqual([one.holds, one.energyWh, one.billableEnergyWh], [['bill-differs'], 10_000.1, null]);

    station = await bench.addStation();
    await authorize();
    await record(begun(0), ended(9900));
    one = await only();
    assert.deepEqual([one.holds, one.energyWh, one.billableEnergyWh], [['bill-differs'], 9900, null]);
  });

  it('count when the end had been worked out before', async () => {
    await authorize();
    await report('started', heard(0));
    await report('updated', sample(10, 2500.1));
    await report('updated', sample(20, 5000.3));
    await bench.service.closeAll(station);
    const stale = await only();
    assert.deepEqual(energyOf(stale), {
      status: 'ended',
      energyWh: 5000.3,
      billableEnergyWh: null,
      flags: ['meter-start-missing', 'meter-stop-missing', 'start-provisional', 'stop-missing'],
      holds: ['stop-missing'],
    });
    assert.deepEqual(
      [stale.endedAt, stale.energyStartedAt, stale.energyEndedAt],
      ['2026-03-01T12:20:00.000Z', '2026-03-01T12:00:05.000Z', '2026-03-01T12:20:00.000Z'],
    );
    // It goes on.
    await report('updated', sample(30, 7500));
    const later = await only();
    assert.deepEqual([later.endedAt, later.energyWh], ['2026-03-01T12:30:00.000Z', 7500]);
    await record(begun(), ended());
    assert.deepEqual(energyOf(await only()), {
      status: 'ended',
      energyWh: 10_000.1,
      billableEnergyWh: 10_100.1,
      flags: ['energy-from-bill', 'sample-late'],
      holds: [],
    });
    assert.equal((await only()).endedAt, '2026-03-01T12:40:00.000Z');
  });

  it('of a charge that never began are bills of nothing', async () => {
    await authorize();
    const nothing = { ...BILL, energyMilliWh: 0, lossAdjustedMilliWh: null, amount: '0.0000', periods: [] };
    await record(begun(), ended(undefined, nothing, 0));
    const { energyWh, billableEnergyWh, flags } = await only();
    assert.deepEqual([energyWh, billableEnergyWh, flags], [0, 0, ['offline-start', 'energy-from-bill']]);
  });

  it('may come with the end of a transaction that we have numbered', async () => {
    const at = (minute: number) => ({ text: time(minute), at: instant(Date.parse(time(minute))) });
    const common = (minute: number) => ({
      origin: originOf(station, at(minute).at),
      timestamp: at(minute),
      readings: [],
    });
    const { stationTransactionId } = await bench.service.transactionStarted({
      ...common(0),
      evse: { evseId: 1, connectorId: 1 },
      idToken: { value: 'CARD' },
      meterWh: '100',
    });
    const end: TransactionReport = {
      ...common(40),
      stationTransactionId: stationTransactionId ?? undefined,
      meterWh: '10100',
      bill: BILL,
    };
    const answer = await bench.service.transactionEnded(end);
    assert.deepEqual(await bench.service.transactionEnded(end), answer);
    const one = await only();
    assert.deepEqual([one.energyWh, one.billableEnergyWh, one.flags], [10_000, 10_100.1, []]);
    await bench.service.transactionEnded({ ...end, bill: { ...BILL, amount: '8.00' } });
    assert.deepEqual((await only()).holds, ['bill-conflict']);
    assert.equal((await bills()).length, 2);
  });

  it('are kept however odd they are', async () => {
    const odd: StationBill = {
      energyMilliWh: 1.5,
      lossAdjustedMilliWh: Number.NaN,
      amount: '-\u0000',
      currency: 'X"\\',
      periods: [{ name: '\u0000', pricePerKwh: '1e999', energyMilliWh: -5, lossAdjustedMilliWh: 1e300, amount: '' }],
      details: { 'a\u0000': '\ud800' },
    };
    await record(begun(), ended(undefined, odd));
    await record(begun(), ended(undefined, odd));
    const [bill, ...others] = await bills();
    assert.deepEqual(others, []);
    assert.deepEqual([bill?.energyWh, bill?.amount], [0.002, { amount: '-\ufffd', currency: 'X"\\' }]);
    assert.ok((await only()).flags.includes('bill-inconsistent'));
  });

  it('come to the same in whatever order, however often, and however late reports are told', async function () {
    this.timeout(60_000);
    const told: readonly (readonly [keyof typeof METHODS, Facts])[] = [
      ['started', heard(0)],
      ['updated', sample(10, 2500.1)],
      ['started', heard(15)],
      ['updated', sample(20, 5000.3)],
      ['updated', sample(39, 9990)],
      ['started', begun(1000.2)],
      ['ended', ended(11_000.3)],
    ];
    const bare = told.map(([kind, facts]) => [kind, { ...facts, registers: [] }] as const);
    const order = fc
      .shuffledSubarray([...told.keys(), ...told.keys()], { minLength: told.length, maxLength: 2 * told.length })
      .filter((indices) => new Set(indices).size === told.length);
    const variant = fc.record({ order, hasRegisters: fc.boolean(), closesAt: fc.integer({ min: 0, max: 20 }) });
    await fc.assert(
      fc.asyncProperty(variant, async ({ order: indices, hasRegisters, closesAt }) => {
        station = await bench.addStation({ ratedPowerW: 60_000 });
        await authorize();
        for (const [place, index] of indices.entries()) {
          if (place === closesAt) await bench.service.closeAll(station);
          const [kind, facts] = (hasRegisters ? told : bare)[index] as (typeof told)[number];
          await report(kind, facts, RECEIVED);
        }
        const one = await only();
        assert.deepEqual(
          [one.status, one.startedAt, one.endedAt, one.energyWh, one.billableEnergyWh, one.holds, one.idToken],
          ['ended', '2026-03-01T12:00:00.000Z', '2026-03-01T12:40:00.000Z', 10_000.1, 10_100.1, [], 'CARD'],
        );
        const ofEnergy = one.flags.filter((flag) => /^(?:energy|bill|meter|stop|start)-/.test(flag));
        assert.deepEqual(ofEnergy, hasRegisters ? [] : ['energy-from-bill']);
        assert.equal((await bills()).length, 1);
      }),
      { numRuns: 100 },
    );
  });
});
