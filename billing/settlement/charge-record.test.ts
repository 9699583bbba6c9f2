import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import fc from 'fast-check';
import { tariffSchema } from '../contract/tariff.ts';
import { compileTariff } from '../rating/compile-tariff.ts';
import { type CurveStory, curveOf } from '../testing/curves.ts';
import { amountsOf, type ChargeTariff, costUntil, creditOf, type NewCdr, recordCharge } from './charge-record.ts';

const AT = instant(Date.parse('2026-03-02T00:00:00Z'));
const TARIFF = { tariffId: uuidv7(), name: 'Standard', version: 3 };

const tariffOf = (tariff: object): ChargeTariff => ({
  ...TARIFF,
  compiled: compileTariff(tariffSchema.parse({ currency: 'EUR', ...tariff })),
});
const element = (...components: object[]) => ({
  price_components: components.map((one) => ({ step_size: 1, ...one })),
});
const record = (tariff: ChargeTariff | null, ...stories: CurveStory[]): NewCdr =>
  recordCharge({ curves: stories.map(curveOf), accountId: null, tariff }, { id: uuidv7(), at: AT, reason: null });

const HOUR: CurveStory = {
  start: '2026-03-01T10:00:00Z',
  end: '2026-03-01T11:00:00Z',
  readings: [
    ['2026-03-01T10:00:00Z', 0],
    ['2026-03-01T11:00:00Z', 10_000],
  ],
};

/** Minor units of what a record shows. */
const cents = ({ amount }: { readonly amount: string }) => Number(amount.replace('.', ''));
const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);

describe('charge detail records', () => {
  it('show where each cent comes from', () => {
    // 10 kWh at 0.333 are 3.33; one hour at 1.00 is 1.00; once 0.50. Net 4.83; 19 % of 4.83 are 0.9177: 0.92.
    const tariff = tariffOf({
      elements: [
        element(
          { type: 'ENERGY', price: '0.333', vat: '19' },
          { type: 'TIME', price: '1', vat: '19' },
          { type: 'FLAT', price: '0.5', vat: '19' },
        ),
      ],
    });
    const cdr = record(tariff, HOUR);
    assert.deepEqual(
      cdr.lines.map(({ dimension, quantity, unit, price, amount }) => [
        dimension,
        quantity,
        unit,
        price,
        amount.amount,
      ]),
      [
        ['FLAT', '1', 'session', '0.5', '0.50'],
        ['ENERGY', '10', 'kWh', '0.333', '3.33'],
        ['TIME', '1', 'h', '1', '1.00'],
      ],
    );
    assert.deepEqual(cdr.vat, [
      { percent: '19', net: { amount: '4.83', currency: 'EUR' }, vat: { amount: '0.92', currency: 'EUR' } },
    ]);
    assert.deepEqual([cdr.exclVat?.amount, cdr.inclVat.amount], ['4.83', '5.75']);
    assert.deepEqual(amountsOf(cdr), { dueMinor: 575n, vatMinor: 92n });
    assert.deepEqual(cdr.tariff, { id: TARIFF.tariffId, name: 'Standard', version: 3 });
    assert.deepEqual(cdr.periods, [
      {
        startedAt: '2026-03-01T10:00:00.000Z',
        endedAt: '2026-03-01T11:00:00.000Z',
        energyWh: 10_000,
        activity: 'charging',
        interpolated: false,
      },
    ]);
    assert.deepEqual([cdr.energyWh, cdr.stationId, cdr.kind, cdr.flags], [10_000, 'CS-1', 'charge', []]);
  });

  it('round each line once: a third of a cent three times is nothing', () => {
    const tariff = tariffOf({
      elements: [element({ type: 'ENERGY', price: '0.0004' }, { type: 'FLAT', price: '0.004' })],
    });
    const cdr = record(tariff, HOUR);
    // 10 × 0.0004 = 0.004 → 0.00, and 0.004 → 0.00: not 0.008 → 0.01.
    assert.deepEqual(
      cdr.lines.map(({ exact, amount }) => [exact, amount.amount]),
      [
        ['0.004', '0.00'],
        ['0.004', '0.00'],
      ],
    );
    assert.equal(cdr.inclVat.amount, '0.00');
  });

  it('with gross prices have no tax to show', () => {
    const tariff = tariffOf({
      tax_included: 'YES',
      elements: [element({ type: 'ENERGY', price: '0.595', vat: '19' })],
    });
    const cdr = record(tariff, HOUR);
    assert.deepEqual([cdr.exclVat, cdr.inclVat.amount, cdr.vat], [null, '5.95', []]);
    assert.deepEqual(amountsOf(cdr), { dueMinor: 595n, vatMinor: 0n });
  });

  it('keep to the least and the most of the tariff to the cent', () => {
    const priced = (limits: object, vat?: string) =>
      record(tariffOf({ ...limits, elements: [element({ type: 'ENERGY', price: '0.5', vat })] }), HOUR);
    const most = priced({ max_price: { excl_vat: '4', incl_vat: '4.76' } }, '19');
    assert.deepEqual([most.exclVat?.amount, most.inclVat.amount], ['4.00', '4.76']);
    assert.deepEqual(
      most.lines.map(({ amount }) => amount.amount),
      ['5.00', '-1.00'],
    );
    assert.deepEqual(
      most.vat.map(({ percent, net, vat }) => [percent, net.amount, vat.amount]),
      [['19', '4.00', '0.76']],
    );
    const least = priced({ min_price: { excl_vat: '7' } });
    assert.deepEqual([least.exclVat?.amount, least.inclVat.amount], ['7.00', '7.00']);
  });

  /** Net, gross, the VAT by rate, and the lines that bring it there, of 10 kWh at 0.5 and a start of 1, or of nothing. */
  const booked = (
    limits: object,
    {
      energy = '20',
      flat = '10',
      wh = 10_000,
    }: { readonly energy?: string; readonly flat?: string | null; readonly wh?: number } = {},
  ) => {
    const components = element(
      { type: 'ENERGY', price: '0.5', vat: energy },
      { type: 'FLAT', price: wh === 0 ? '0' : '1', vat: flat },
    );
    const tariff = tariffOf({ ...limits, elements: [components] });
    const cdr = record(tariff, { ...HOUR, readings: [['2026-03-01T11:00:00Z', wh]] });
    const changes = cdr.lines.filter(({ periods }) => periods.length === 0);
    return [
      cdr.exclVat?.amount,
      cdr.inclVat.amount,
      cdr.vat.map(({ percent, net, vat }) => `${percent}: ${net.amount} ${vat.amount}`),
      changes.map(({ vatPercent, amount, exact }) => `${vatPercent}: ${amount.amount} (${exact})`),
    ];
  };
  const one = { energy: '20', flat: '20' };
  const both = (excl_vat: string, incl_vat: string) => ({ excl_vat, incl_vat });

  describe('under a least or a most of both amounts', () => {
    it('is of the rate at which all is charged, where the amounts fit it', () => {
      // Net 6, gross 7.20.
      assert.deepEqual(booked({ max_price: both('5', '6') }, one), [
        '5.00',
        '6.00',
        ['20: 5.00 1.00'],
        ['20: -1.00 (-1)'],
      ]);
      assert.deepEqual(booked({ min_price: both('10', '12') }, one), [
        '10.00',
        '12.00',
        ['20: 10.00 2.00'],
        ['20: 4.00 (4)'],
      ]);
      // 8.33 at 20 % are 1.67 of VAT, in all 10.00; a cent beside that is still the rounding of who made the tariff.
      assert.deepEqual(booked({ min_price: both('8.34', '10') }, one).slice(2), [
        ['20: 8.34 1.66'],
        ['20: 2.34 (2.34)'],
      ]);
      assert.deepEqual(booked({ min_price: both('8.32', '10') }, one).slice(2), [
        ['20: 6.00 1.20', 'null: 2.32 0.48'],
        ['null: 2.32 (2.32)'],
      ]);
      // Also where the VAT happens to be what it was.
      assert.deepEqual(booked({ max_price: both('5.99', '7.19') }, one).slice(2), [
        ['20: 5.99 1.20'],
        ['20: -0.01 (-0.01)'],
      ]);
    });

    it('is of none where rates are several, something has none, or the amounts say another VAT', () => {
      assert.deepEqual(booked({ max_price: both('5', '6') }).slice(2), [
        ['10: 1.00 0.10', '20: 5.00 1.00', 'null: -1.00 -0.10'],
        ['null: -1.00 (-1)'],
      ]);
      assert.deepEqual(booked({ max_price: both('5', '6') }, { flat: null }).slice(2), [
        ['20: 5.00 1.00'],
        ['null: -1.00 (-1)'],
      ]);
      assert.deepEqual(booked({ max_price: both('5', '5.5') }, one).slice(2), [
        ['20: 6.00 1.20', 'null: -1.00 -0.70'],
        ['null: -1.00 (-1)'],
      ]);
      // 0 % leaves nothing to round.
      assert.deepEqual(booked({ max_price: both('5', '5.01') }, { energy: '0', flat: '0' })[2], [
        '0: 6.00 0.00',
        'null: -1.00 0.01',
      ]);
    });

    it('where nothing is charged has a rate of the tariff that they fit', () => {
      assert.deepEqual(booked({ min_price: both('5', '6') }, { wh: 0 }).slice(2), [
        ['20: 5.00 1.00'],
        ['20: 5.00 (5)'],
      ]);
      assert.deepEqual(booked({ min_price: both('5', '5.5') }, { wh: 0 }).slice(2), [
        ['10: 5.00 0.50'],
        ['10: 5.00 (5)'],
      ]);
      assert.deepEqual(booked({ min_price: both('5', '7') }, { wh: 0 }).slice(2), [
        ['10: 0.00 0.00', 'null: 5.00 2.00'],
        ['null: 5.00 (5)'],
      ]);
    });
  });

  describe('under a least or a most of one amount only', () => {
    it('the other amount follows by the VAT of what is charged', () => {
      // Net 6, gross 7.20.
      assert.deepEqual(booked({ min_price: { excl_vat: '10' } }, one), [
        '10.00',
        '12.00',
        ['20: 10.00 2.00'],
        ['20: 4.00 (4)'],
      ]);
      assert.deepEqual(booked({ min_price: { incl_vat: '10' } }, one), [
        '8.33',
        '10.00',
        ['20: 8.33 1.67'],
        ['20: 2.33 (2.333333333)'],
      ]);
      assert.deepEqual(booked({ max_price: { excl_vat: '3' } }, one), [
        '3.00',
        '3.60',
        ['20: 3.00 0.60'],
        ['20: -3.00 (-3)'],
      ]);
      assert.deepEqual(booked({ max_price: { incl_vat: '3' } }, one), [
        '2.50',
        '3.00',
        ['20: 2.50 0.50'],
        ['20: -3.50 (-3.5)'],
      ]);
      // Not crossed.
      assert.deepEqual(booked({ min_price: { incl_vat: '7.2' }, max_price: { excl_vat: '6' } }, one), [
        '6.00',
        '7.20',
        ['20: 6.00 1.20'],
        [],
      ]);
    });

    it('each rate takes its share', () => {
      // 5 at 20 %, 1 at 10 %: 6 net, 7.10 gross.
      assert.deepEqual(booked({ min_price: { excl_vat: '10' } }), [
        '10.00',
        '11.84',
        ['10: 1.67 0.17', '20: 8.33 1.67'],
        ['10: 0.67 (0.666666667)', '20: 3.33 (3.333333333)'],
      ]);
      assert.deepEqual(booked({ max_price: { incl_vat: '3.55' } }), [
        '3.00',
        '3.55',
        ['10: 0.50 0.05', '20: 2.50 0.50'],
        ['10: -0.50 (-0.5)', '20: -2.50 (-2.5)'],
      ]);
    });

    it('where nothing is charged it has the highest rate of the tariff', () => {
      const nothing = { wh: 0 };
      assert.deepEqual(booked({ min_price: { excl_vat: '5' } }, { ...nothing }), [
        '5.00',
        '6.00',
        ['20: 5.00 1.00'],
        ['20: 5.00 (5)'],
      ]);
      assert.deepEqual(booked({ min_price: { incl_vat: '5' } }, { ...nothing }), [
        '4.17',
        '5.00',
        ['20: 4.17 0.83'],
        ['20: 4.17 (4.166666667)'],
      ]);
    });

    it('never has less VAT than nothing, also where limits do not fit each other', () => {
      // The least has the last word.
      const apart = { min_price: { excl_vat: '9' }, max_price: { incl_vat: '2' } };
      assert.deepEqual(booked(apart, one).slice(0, 2), ['9.00', '10.80']);
      // Less with VAT than without: what is paid counts.
      assert.deepEqual(booked({ min_price: { excl_vat: '9', incl_vat: '8.4' } }, one).slice(0, 2), ['7.00', '8.40']);
      assert.deepEqual(booked({ min_price: { excl_vat: '6.5', incl_vat: '6' } }, one).slice(0, 2), ['6.00', '7.20']);
    });
  });

  it('tell electricity and service apart', () => {
    const tariff = tariffOf({
      currency: 'CNY',
      service_fee_per_kwh: '0.4',
      elements: [element({ type: 'ENERGY', price: '0.7' })],
    });
    const cdr = record(tariff, { ...HOUR, currency: 'CNY' });
    assert.deepEqual(
      [cdr.electricityFee?.amount, cdr.serviceFee?.amount, cdr.inclVat.amount, cdr.currency],
      ['7.00', '4.00', '11.00', 'CNY'],
    );
  });

  it('are of nothing where no tariff holds', () => {
    const cdr = record(null, { ...HOUR, currency: 'JPY' });
    assert.deepEqual([cdr.inclVat, cdr.lines, cdr.tariff], [{ amount: '0', currency: 'JPY' }, [], null]);
  });

  it('price the time of the reservation that was used', () => {
    const tariff = tariffOf({
      elements: [
        { ...element({ type: 'TIME', price: '6' }), restrictions: { reservation: 'RESERVATION' } },
        element({ type: 'ENERGY', price: '0.5' }),
      ],
    });
    const cdr = record(tariff, { ...HOUR, reservedFrom: instant(Date.parse('2026-03-01T09:50:00Z')) });
    // Ten minutes at 6 an hour, and 10 kWh at 0.5.
    assert.deepEqual(
      cdr.lines.map(({ dimension, amount }) => [dimension, amount.amount]),
      [
        ['TIME', '1.00'],
        ['ENERGY', '5.00'],
      ],
    );
    assert.equal(cdr.startedAt, '2026-03-01T09:50:00.000Z');
  });

  it('price time that the vehicle stands as parking', () => {
    const tariff = tariffOf({
      elements: [element({ type: 'PARKING_TIME', price: '2' }, { type: 'TIME', price: '1' })],
    });
    const cdr = record(tariff, { ...HOUR, parkingFrom: '2026-03-01T10:45:00Z' });
    assert.deepEqual(
      cdr.lines.map(({ dimension, amount }) => [dimension, amount.amount]),
      [
        ['TIME', '0.75'],
        ['PARKING_TIME', '0.50'],
      ],
    );
  });

  it('are one for several guns of one vehicle', () => {
    const tariff = tariffOf({ elements: [element({ type: 'ENERGY', price: '0.5' }, { type: 'FLAT', price: '1' })] });
    const second: CurveStory = {
      transaction: { evseId: 2 },
      start: '2026-03-01T10:30:00Z',
      end: '2026-03-01T11:30:00Z',
      readings: [
        ['2026-03-01T10:45:00Z', 2000],
        ['2026-03-01T11:30:00Z', 6000],
      ],
    };
    const cdr = record(tariff, HOUR, second);
    assert.deepEqual(
      [cdr.energyWh, cdr.transactionIds.length, cdr.startedAt, cdr.endedAt, cdr.inclVat.amount],
      [16_000, 2, '2026-03-01T10:00:00.000Z', '2026-03-01T11:30:00.000Z', '9.00'],
    );
  });

  it('have the bill of the station beside them', () => {
    const bill = (amount: string) => ({
      receivedAt: '2026-03-01T11:00:01.000Z',
      energyWh: 10_000,
      lossAdjustedEnergyWh: null,
      amount: { amount, currency: 'EUR' },
      periods: [],
      details: {},
    });
    const tariff = tariffOf({ elements: [element({ type: 'ENERGY', price: '0.5' })] });
    const compared = (amount: string) => {
      const { stationBill, flags, inclVat } = record(tariff, { ...HOUR, stationBill: bill(amount) });
      return [stationBill?.amount, flags, inclVat.amount];
    };
    assert.deepEqual(compared('5.0440'), ['5.04', [], '5.00']);
    assert.deepEqual(compared('5.0550'), ['5.06', ['station-bill-differs'], '5.00']);
  });

  it('take a person’s word for the energy', () => {
    const tariff = tariffOf({
      elements: [
        { ...element({ type: 'ENERGY', price: '1' }), restrictions: { max_duration: 1800 } },
        element({ type: 'ENERGY', price: '2' }),
      ],
    });
    const facts = { curves: [curveOf(HOUR)], accountId: null, tariff };
    const said = recordCharge(facts, { id: uuidv7(), at: AT, reason: 'meter', energyMilliWh: 4_000_000n });
    // Half of it in the first half hour.
    assert.deepEqual([said.energyWh, said.inclVat.amount, said.reason], [4000, '6.00', 'meter']);
    const { readings: _, ...unmeasured } = HOUR;
    const none = { ...facts, curves: [curveOf(unmeasured)] };
    const told = recordCharge(none, { id: uuidv7(), at: AT, reason: 'display', energyMilliWh: 4_000_000n });
    assert.equal(told.energyWh, 4000);
  });

  it('are taken back whole', () => {
    const tariff = tariffOf({ elements: [element({ type: 'ENERGY', price: '0.333', vat: '19' })] });
    const cdr = record(tariff, HOUR);
    const credit = creditOf({ ...cdr, creditedByCdrId: null }, { id: uuidv7(), at: AT, reason: 'wrong card' });
    assert.deepEqual([credit.inclVat.amount, credit.exclVat?.amount, credit.energyWh], ['-3.96', '-3.33', -10_000]);
    assert.deepEqual(credit.vat[0]?.vat.amount, '-0.63');
    assert.deepEqual([credit.kind, credit.creditsCdrId, credit.reason], ['credit', cdr.id, 'wrong card']);
    assert.deepEqual(amountsOf(credit), { dueMinor: -396n, vatMinor: -63n });
    assert.ok(!JSON.stringify(credit).includes('--'));
  });

  it('tell what a charge costs so far', () => {
    const tariff = tariffOf({ elements: [element({ type: 'ENERGY', price: '0.5' }, { type: 'TIME', price: '1' })] });
    const { end: _, ...running } = HOUR;
    const facts = { curves: [curveOf(running)], accountId: null, tariff };
    assert.deepEqual(costUntil(facts, Date.parse('2026-03-01T11:30:00Z')), { minor: 650n, currency: 'EUR' });
  });

  it('add up at each rate, whatever limits of both amounts', () => {
    const cent = fc.integer({ min: 0, max: 2000 });
    const limit = fc
      .tuple(cent, fc.constantFrom(0, 7, 19, 20), fc.integer({ min: -2, max: 2 }))
      .map(([net, percent, off]) => {
        const gross = Math.max(net + Math.round((net * percent) / 100) + off, net);
        return both((net / 100).toFixed(2), (gross / 100).toFixed(2));
      });
    const limits = fc
      .record({ min_price: limit, max_price: limit }, { requiredKeys: [] })
      .filter(
        ({ min_price: least, max_price: most }) =>
          least === undefined ||
          most === undefined ||
          (Number(least.excl_vat) <= Number(most.excl_vat) && Number(least.incl_vat) <= Number(most.incl_vat)),
      );
    const vat = fc.constantFrom(null, '0', '7', '19');
    fc.assert(
      fc.property(limits, vat, vat, fc.integer({ min: 0, max: 30_000 }), (more, energy, flat, wh) => {
        const components = element(
          { type: 'ENERGY', price: '0.5', vat: energy },
          { type: 'FLAT', price: '0.004', vat: flat },
        );
        const cdr = record(tariffOf({ ...more, elements: [components] }), {
          ...HOUR,
          readings: [['2026-03-01T11:00:00Z', wh]],
        });
        const lines = sum(cdr.lines.map(({ amount }) => cents(amount)));
        assert.equal(lines, cents(cdr.exclVat ?? cdr.inclVat));
        assert.equal(lines + sum(cdr.vat.map((row) => cents(row.vat))), cents(cdr.inclVat));
        for (const { percent, net, vat: tax } of cdr.vat) {
          // Each rate is that of its lines, and what has none is apart.
          const own = cdr.lines.filter(
            ({ vatPercent, periods }) => vatPercent === percent && (percent !== null || periods.length === 0),
          );
          assert.equal(cents(net), sum(own.map(({ amount }) => cents(amount))));
          if (percent === null) continue;
          assert.ok(Math.abs(cents(tax) - (cents(net) * Number(percent)) / 100) <= 1.5);
          assert.ok(cents(net) >= 0 && cents(tax) >= 0);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('add up, whatever the tariff', () => {
    const price = fc.integer({ min: 0, max: 20_000 }).map((tenthousandths) => (tenthousandths / 10_000).toFixed(4));
    /** Minor units of four places, half up: 1.0250 is 1.03, which floats would make 1.02. */
    const rounded = (fourPlaces: string) => Math.floor((Number(fourPlaces.replace('.', '')) + 50) / 100);
    const vat = fc.constantFrom(undefined, '0', '7', '19', '5.5');
    const components = fc
      .tuple(price, vat, price, vat, price, vat)
      .map(([energy, energyVat, time, timeVat, flat, flatVat]) =>
        element(
          { type: 'ENERGY', price: energy, vat: energyVat },
          { type: 'TIME', price: time, vat: timeVat },
          { type: 'FLAT', price: flat, vat: flatVat },
        ),
      );
    const limits = fc.record(
      {
        max_price: price.map((excl_vat) => ({ excl_vat })),
        min_price: price.map((incl_vat) => ({ incl_vat })),
        tax_included: fc.constantFrom('YES', 'NO', 'N/A'),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(components, limits, fc.integer({ min: 0, max: 100_000 }), (one, more, wh) => {
        const tariff = tariffOf({ ...more, elements: [one] });
        const cdr = record(tariff, { ...HOUR, readings: [['2026-03-01T11:00:00Z', wh]] });
        const lines = sum(cdr.lines.map(({ amount }) => cents(amount)));
        const tax = sum(cdr.vat.map((each) => cents(each.vat)));
        assert.equal(lines, cents(cdr.exclVat ?? cdr.inclVat));
        assert.equal(lines + tax, cents(cdr.inclVat));
        for (const { net, vat } of cdr.vat) assert.ok(cents(net) >= 0 && cents(vat) >= 0);
        const { max_price: most, min_price: least } = more;
        if (most !== undefined && least === undefined && cdr.exclVat !== null) {
          assert.ok(cents(cdr.exclVat) <= rounded(most.excl_vat));
        }
        if (least !== undefined) assert.ok(cents(cdr.inclVat) >= rounded(least.incl_vat));
      }),
      { numRuns: 300 },
    );
  });
});
