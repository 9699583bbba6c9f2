import assert from 'node:assert/strict';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { FakeClock } from '@voltpile/kernel/clock';
import { createAccountsService } from '../accounts/accounts-service.ts';
import { createTariffs } from '../tariff/service.ts';
import { type CurveStory, curveOf } from '../testing/curves.ts';
import { FakePlaces } from '../testing/fake-places.ts';
import { SettlementBench } from '../testing/settlement-bench.ts';

/*
 * Charges whose prices change on the way, settled with tariffs that are kept and assigned as operators do. Every amount is worked out by hand in the
 * comments; all of them are in Berlin, with 19 % VAT.
 */

const NEW_YEAR = '2026-01-01T00:00:00+01:00';

function element(prices: { readonly energy: string; readonly time?: string }, restrictions: object = {}): object {
  const component = (type: string, price: string) => ({ type, price, vat: '19', step_size: 1 });
  const price_components = [
    component('ENERGY', prices.energy),
    ...(prices.time === undefined ? [] : [component('TIME', prices.time)]),
  ];
  return { price_components, restrictions };
}

describe('charges worked out by hand', () => {
  let bench: SettlementBench;
  let places: FakePlaces;
  let tariffs: ReturnType<typeof createTariffs>;

  beforeEach(async () => {
    bench = await SettlementBench.open();
    places = new FakePlaces();
    places.addStation('CP1');
    const { sites, stations } = places;
    const { knex } = bench.database;
    const clock = new FakeClock(NEW_YEAR);
    const accounts = createAccountsService({ knex, clock, sites });
    tariffs = createTariffs({ knex, clock, sites, stations, accounts });
    bench.tariffs = tariffs.finder;
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  /** Keeps a tariff and assigns it to everybody from New Year on. */
  async function assigned(elements: readonly object[]): Promise<string> {
    const firstVersion = { tariff: { currency: 'EUR', elements } as never, effectiveFrom: NEW_YEAR };
    const { organizationId } = places;
    const { tariff } = await tariffs.stored.create(
      EVERYTHING,
      { name: 'By hand', organizationId, firstVersion },
      'ann',
    );
    const target = { kind: 'organization' } as const;
    await tariffs.assignments.create(EVERYTHING, { tariffId: tariff.id, target, validFrom: NEW_YEAR }, 'ann');
    return tariff.id;
  }

  /** Settles a charge. @returns what it has cost: its lines as [dimension, quantity, amount], net, VAT and total */
  async function bill(story: CurveStory) {
    const { organizationId, siteId } = places;
    const curve = curveOf({ ...story, transaction: { organizationId, siteId, stationId: 'CP1' } });
    await bench.end(curve);
    const page = await bench.cdrs.list(EVERYTHING, { transactionId: curve.transaction.id }, { limit: 2 });
    const [cdr, ...others] = page.items;
    assert.ok(cdr !== undefined && others.length === 0);
    return {
      version: cdr.tariff?.version,
      lines: cdr.lines.map(({ dimension, quantity, amount }) => [dimension, quantity, amount.amount]),
      exclVat: cdr.exclVat?.amount,
      vat: cdr.vat.map(({ vat }) => vat.amount),
      inclVat: cdr.inclVat.amount,
    };
  }

  it('is priced by the version that held when it began, also when the next one comes into effect on the way', async () => {
    const tariffId = await assigned([element({ energy: '0.40' })]);
    const noon = '2026-02-10T12:00:00+01:00';
    const dearer = { currency: 'EUR', elements: [element({ energy: '0.60' })] } as never;
    await tariffs.stored.addVersion(EVERYTHING, tariffId, { tariff: dearer, effectiveFrom: noon }, 'ann');
    // 20 kWh at 0.40 are 8.00; 19 % of that are 1.52.
    assert.deepEqual(
      await bill({
        start: '2026-02-10T11:30:00+01:00',
        end: '2026-02-10T12:30:00+01:00',
        readings: [
          [noon, 10_000],
          ['2026-02-10T12:30:00+01:00', 20_000],
        ],
      }),
      { version: 1, lines: [['ENERGY', '20', '8.00']], exclVat: '8.00', vat: ['1.52'], inclVat: '9.52' },
    );
    // The first moment of a version is in it. 20 kWh at 0.60 are 12.00; 19 % of that are 2.28.
    assert.deepEqual(
      await bill({ start: noon, end: '2026-02-10T12:30:00+01:00', readings: [['2026-02-10T12:30:00+01:00', 20_000]] }),
      { version: 2, lines: [['ENERGY', '20', '12.00']], exclVat: '12.00', vat: ['2.28'], inclVat: '14.28' },
    );
  });

  it('waits for somebody where a tariff is assigned of which no version was in effect yet', async () => {
    const { organizationId, siteId } = places;
    const before = (hour: number) => `2025-12-31T${String(hour).padStart(2, '0')}:00:00+01:00`;
    const tariff = { currency: 'EUR', elements: [element({ energy: '0.40' })] } as never;
    const create = async (name: string, effectiveFrom: string) =>
      (
        await tariffs.stored.create(
          EVERYTHING,
          { name, organizationId, firstVersion: { tariff, effectiveFrom } },
          'ann',
        )
      ).tariff.id;
    const assign = (tariffId: string, target: { kind: 'organization' } | { kind: 'station'; stationId: string }) =>
      tariffs.assignments.create(EVERYTHING, { tariffId, target, validFrom: before(10) }, 'ann');
    const charged = async (hour: number) => {
      const transaction = { organizationId, siteId, stationId: 'CP1' };
      const end = before(hour + 1);
      const curve = curveOf({ start: before(hour), end, readings: [[end, 20_000]], transaction });
      await bench.end(curve);
      const { id } = curve.transaction;
      const { state, reasons, cdrId } = await bench.settlements.get(EVERYTHING, id);
      const cdr = cdrId === null ? null : await bench.cdrs.get(EVERYTHING, cdrId);
      return { id, told: [state, reasons, cdr?.inclVat.amount, cdr?.flags] };
    };
    await assign(await create('From New Year on', NEW_YEAR), { kind: 'organization' });
    // Nothing was assigned at that time: that says that nothing is due.
    assert.deepEqual((await charged(9)).told, ['settled', [], '0.00', ['no-tariff']]);
    const { id, told } = await charged(12);
    assert.deepEqual(told, ['held', ['tariff-not-in-effect'], undefined, undefined]);
    // What is assigned since, for then, counts when it is accepted. 20 kWh at 0.40 are 8.00; 19 % of that are 1.52.
    await assign(await create('The year before', before(10)), { kind: 'station', stationId: 'CP1' });
    const accept = { decision: 'accept', reason: 'priced since' } as const;
    assert.equal((await bench.settlements.decide(EVERYTHING, id, accept, 'ann')).cdr?.inclVat.amount, '9.52');
    // One that lacks a version leaves it to the next.
    assert.deepEqual((await charged(13)).told, ['settled', [], '9.52', []]);
  });

  it('goes across midnight at prices by the time of the day', async () => {
    await assigned([
      element({ energy: '0.25' }, { start_time: '22:00', end_time: '06:00' }),
      element({ energy: '0.45' }),
    ]);
    // From nine to seven 3 kWh an hour, and nothing was read on the way: an hour by day, eight by night, an hour by day.
    // 6 kWh at 0.45 are 2.70, 24 kWh at 0.25 are 6.00. 19 % of 8.70 are 1.653.
    assert.deepEqual(
      await bill({
        start: '2026-02-10T21:00:00+01:00',
        end: '2026-02-11T07:00:00+01:00',
        readings: [['2026-02-11T07:00:00+01:00', 30_000]],
      }),
      {
        version: 1,
        lines: [
          ['ENERGY', '6', '2.70'],
          ['ENERGY', '24', '6.00'],
        ],
        exclVat: '8.70',
        vat: ['1.65'],
        inclVat: '10.35',
      },
    );
  });

  describe('in the night in which an hour is left out', () => {
    // From midnight to six on the wall these are five hours: two of winter, three of summer. 10 kWh in each.
    const NIGHT: CurveStory = {
      start: '2026-03-29T00:00:00+01:00',
      end: '2026-03-29T06:00:00+02:00',
      readings: [['2026-03-29T06:00:00+02:00', 50_000]],
    };

    it('counts the hours that there are', async () => {
      await assigned([
        element({ energy: '0.20', time: '3' }, { start_time: '01:00', end_time: '04:00' }),
        element({ energy: '0.50', time: '6' }),
      ]);
      // One to four are two hours: 20 kWh at 0.20 are 4.00, 2 h at 3 are 6.00. The other three: 30 kWh at 0.50 are 15.00, 3 h at 6 are 18.00.
      // 19 % of 43.00 are 8.17.
      assert.deepEqual(await bill(NIGHT), {
        version: 1,
        lines: [
          ['ENERGY', '30', '15.00'],
          ['TIME', '3', '18.00'],
          ['ENERGY', '20', '4.00'],
          ['TIME', '2', '6.00'],
        ],
        exclVat: '43.00',
        vat: ['8.17'],
        inclVat: '51.17',
      });
    });

    it('has borders that the clock never shows where it jumps over them', async () => {
      await assigned([
        element({ energy: '0.20' }, { start_time: '00:00', end_time: '02:30' }),
        element({ energy: '0.50' }),
      ]);
      // It is 01:59, then 03:00. 20 kWh at 0.20 are 4.00, 30 kWh at 0.50 are 15.00; 19 % of 19.00 are 3.61.
      assert.deepEqual(await bill(NIGHT), {
        version: 1,
        lines: [
          ['ENERGY', '20', '4.00'],
          ['ENERGY', '30', '15.00'],
        ],
        exclVat: '19.00',
        vat: ['3.61'],
        inclVat: '22.61',
      });
    });
  });

  describe('in the night in which an hour comes twice', () => {
    // From midnight to five on the wall these are six hours: three of summer, three of winter. 10 kWh in each.
    const NIGHT: CurveStory = {
      start: '2026-10-25T00:00:00+02:00',
      end: '2026-10-25T05:00:00+01:00',
      readings: [['2026-10-25T05:00:00+01:00', 60_000]],
    };

    it('counts it twice', async () => {
      await assigned([
        element({ energy: '0.20', time: '3' }, { start_time: '02:00', end_time: '03:00' }),
        element({ energy: '0.50', time: '6' }),
      ]);
      // Two to three, twice: 20 kWh at 0.20 are 4.00, 2 h at 3 are 6.00. The other four: 40 kWh at 0.50 are 20.00, 4 h at 6 are 24.00.
      // 19 % of 54.00 are 10.26.
      assert.deepEqual(await bill(NIGHT), {
        version: 1,
        lines: [
          ['ENERGY', '40', '20.00'],
          ['TIME', '4', '24.00'],
          ['ENERGY', '20', '4.00'],
          ['TIME', '2', '6.00'],
        ],
        exclVat: '54.00',
        vat: ['10.26'],
        inclVat: '64.26',
      });
    });

    it('comes to a border within that hour twice', async () => {
      await assigned([
        element({ energy: '0.20' }, { start_time: '02:30', end_time: '03:00' }),
        element({ energy: '0.50' }),
      ]);
      // Half an hour, twice: 10 kWh at 0.20 are 2.00, 50 kWh at 0.50 are 25.00; 19 % of 27.00 are 5.13.
      assert.deepEqual(await bill(NIGHT), {
        version: 1,
        lines: [
          ['ENERGY', '50', '25.00'],
          ['ENERGY', '10', '2.00'],
        ],
        exclVat: '27.00',
        vat: ['5.13'],
        inclVat: '32.13',
      });
    });
  });

  it('goes from a weekday into the weekend', async () => {
    await assigned([element({ energy: '0.30' }, { day_of_week: ['SATURDAY', 'SUNDAY'] }), element({ energy: '0.60' })]);
    // Friday: 7.333 kWh at 0.60 are 4.3998. Saturday: 3.667 kWh at 0.30 are 1.1001. 19 % of 5.50 are 1.045, which is half a cent: away from zero.
    assert.deepEqual(
      await bill({
        start: '2026-02-13T23:00:00+01:00',
        end: '2026-02-14T01:30:00+01:00',
        readings: [
          ['2026-02-14T00:00:00+01:00', 7333],
          ['2026-02-14T01:30:00+01:00', 11_000],
        ],
      }),
      {
        version: 1,
        lines: [
          ['ENERGY', '7.333', '4.40'],
          ['ENERGY', '3.667', '1.10'],
        ],
        exclVat: '5.50',
        vat: ['1.05'],
        inclVat: '6.55',
      },
    );
  });
});
