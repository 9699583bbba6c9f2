import assert from 'node:assert/strict';
import { tariffSchema } from '../contract/tariff.ts';
import { type PricedSession, previewSessionSchema } from '../contract/tariff-preview.ts';
import { priced } from '../testing/metered.ts';
import { priceSession } from './price-session.ts';

/** Examples that were worked out on paper, for what the shared ones do not combine. The arithmetic stands beside each. */

type Given = Readonly<Record<string, unknown>> & { readonly at: string };

/** What a session in Berlin costs; periods begin at a wall time with its distance from UTC, the first of them with the session. */
function preview(elements: readonly object[], periods: readonly Given[], more: object = {}): PricedSession {
  const [start = '2026-03-02T10:00:00+01:00'] = periods.map(({ at }) => at);
  return priceSession(
    tariffSchema.parse({ currency: 'EUR', elements, ...more }),
    previewSessionSchema.parse({
      time_zone: 'Europe/Berlin',
      start,
      periods: periods.map(({ at, ...what }) => ({ start: at, ...what })),
    }),
  );
}

const net = (...given: Parameters<typeof preview>) => preview(...given).exclVat;
const both = (...given: Parameters<typeof preview>) => [preview(...given).exclVat, preview(...given).inclVat];
const linesOf = ({ lines }: PricedSession) =>
  lines.map(({ dimension, quantity, exclVat, inclVat, periods }) => [dimension, quantity, exclVat, inclVat, periods]);

/** Monday, the second of March 2026, in Berlin. */
const monday = (time: string) => `2026-03-02T${time}:00+01:00`;

describe('worked by hand: steps', () => {
  const reserved = priced('TIME', '6', { reservation: 'RESERVATION' }, { step_size: 600 });
  const charging = priced('TIME', '3', {}, { step_size: 900 });
  const parking = priced('PARKING_TIME', '12', {}, { step_size: 300 });

  it('a reservation, a charge and parking: parked time is rounded, the other is exact', () => {
    const periods = [
      { at: monday('10:00'), time_s: 780, reservation: 'RESERVATION' },
      { at: monday('10:13'), time_s: 1260 },
      { at: monday('10:34'), parking_s: 420 },
    ];
    // 13 min × 6/h = 1.3; 21 min × 3/h = 1.05; 7 → 10 min × 12/h = 2.
    assert.equal(net([reserved, charging, parking], periods), '4.35');
    // Without the parking all time is rounded by the last step: 34 → 45 min, so 32 min × 3/h = 1.6, and 1.3.
    assert.equal(net([reserved, charging, parking], periods.slice(0, 2)), '2.9');
    // Parking that nobody prices rounds nothing away from the charge.
    assert.equal(net([reserved, charging], periods), '2.9');
  });

  it('parking first, then a charge: parking takes the step wherever it comes', () => {
    // 7 → 10 min × 12/h = 2; 21 min × 3/h = 1.05.
    const periods = [
      { at: monday('10:00'), parking_s: 420 },
      { at: monday('10:07'), time_s: 1260 },
    ];
    assert.equal(net([charging, parking], periods), '3.05');
    // No parking is no parking, though the period tells of it.
    assert.equal(net([charging, parking], [{ at: monday('10:00'), time_s: 1260, parking_s: 0 }]), '1.5');
  });

  it('energy that nobody prices is not in the total', () => {
    // 4.3 kWh before 12:00 are free; 1.1 → 2 kWh × 0.4 = 0.8.
    const afternoon = priced('ENERGY', '0.4', { start_time: '12:00' }, { step_size: 1000 });
    const periods = [
      { at: monday('11:00'), energy_kwh: '4.3' },
      { at: monday('12:00'), energy_kwh: '1.1' },
    ];
    assert.equal(net([afternoon], periods), '0.8');
    // With a price of 0 they are: 5.4 → 6 kWh, of which 1.7 have the last price: 0.68.
    assert.equal(net([afternoon, priced('ENERGY', '0')], periods), '0.68');
  });

  it('what is added has the last price, be it 0, and the last step, be it none', () => {
    const periods = [
      { at: monday('11:00'), energy_kwh: '2.3' },
      { at: monday('12:00'), energy_kwh: '0.9' },
    ];
    const morning = (step_size: number) => priced('ENERGY', '0.5', { end_time: '12:00' }, { step_size });
    // 3.2 → 3.5 kWh, 0.3 of them for nothing: 2.3 × 0.5.
    assert.equal(net([morning(500), priced('ENERGY', '0', {}, { step_size: 500 })], periods), '1.15');
    // The last step is 0: 2.3 × 0.5 + 0.9 × 2.
    assert.equal(net([morning(1000), priced('ENERGY', '2', {}, { step_size: 0 })], periods), '2.95');
    // Without energy after 12:00 the last price is that of the morning: 2.3 → 2.5 kWh × 0.5.
    const noMore = [periods[0], { at: monday('12:00'), energy_kwh: '0' }, { at: monday('13:00') }] as Given[];
    assert.equal(net([morning(500), priced('ENERGY', '2', {}, { step_size: 1000 })], noMore), '1.25');
  });

  it('time at three prices: the whole is rounded once', () => {
    const elements = [
      priced('TIME', '6', { end_time: '11:00' }, { step_size: 3600 }),
      priced('TIME', '12', { start_time: '11:00', end_time: '12:00' }, { step_size: 1 }),
      priced('TIME', '3', { start_time: '12:00' }, { step_size: 1200 }),
    ];
    const periods = [
      { at: monday('10:45'), time_s: 900 },
      { at: monday('11:00'), time_s: 3600 },
      { at: monday('12:00'), time_s: 301.5 },
    ];
    // 80 min 1.5 s → 100 min: 15 min × 6/h + 60 min × 12/h + 25 min × 3/h = 1.5 + 12 + 1.25.
    assert.equal(net(elements, periods), '14.75');
  });
});

describe('worked by hand: fees and reservations', () => {
  const day = { start_time: '08:00', end_time: '20:00' };

  it('a fee is due once for each element that has it', () => {
    const elements = [priced('FLAT', '1', day), priced('FLAT', '2.5')];
    const periods = [
      { at: monday('19:00'), energy_kwh: '1' },
      { at: monday('20:00'), energy_kwh: '1' },
      { at: '2026-03-03T08:00:00+01:00', energy_kwh: '1' },
      { at: '2026-03-03T20:00:00+01:00', energy_kwh: '1' },
    ];
    assert.deepEqual(linesOf(preview(elements, periods)), [
      ['FLAT', '1', '1', '1', [0]],
      ['FLAT', '1', '2.5', '2.5', [1]],
    ]);
    // Two elements of one price are two fees on one line.
    assert.deepEqual(linesOf(preview([priced('FLAT', '1', day), priced('FLAT', '1')], periods)), [
      ['FLAT', '2', '2', '2', [0, 1]],
    ]);
    // It needs a period, but nothing in it; a session without any has none.
    assert.equal(net(elements, [{ at: monday('10:00') }]), '1');
    assert.equal(net(elements, []), '0');
  });

  it('an expired reservation falls back for each dimension by itself', () => {
    const elements = [
      {
        price_components: [
          { type: 'TIME', price: '4', step_size: 600 },
          { type: 'FLAT', price: '2', step_size: 1 },
        ],
        restrictions: { reservation: 'RESERVATION' },
      },
      priced('TIME', '8', { reservation: 'RESERVATION_EXPIRES', max_duration: 1800 }, { step_size: 600 }),
      {
        price_components: [
          { type: 'TIME', price: '99', step_size: 1 },
          { type: 'FLAT', price: '99', step_size: 1 },
        ],
      },
    ];
    const periods = [
      { at: monday('10:00'), time_s: 1800, reservation: 'RESERVATION_EXPIRES' },
      { at: monday('10:30'), time_s: 300, reservation: 'RESERVATION_EXPIRES' },
    ];
    // 30 min × 8/h; then that element holds no longer: 35 → 40 min, so 10 min × 4/h; the fee is that of reservations: 4 + 0.666… + 2.
    assert.equal(net(elements, periods), '6.666666667');
    // A reservation is not priced by what is said of expired ones: 35 → 40 min × 4/h + 2.
    const used = periods.map((period) => ({ ...period, reservation: 'RESERVATION' }));
    assert.equal(net(elements, used), '4.666666667');
    // Nothing said of reservations: they are free, fee and all.
    assert.equal(net(elements.slice(2), used), '0');
    // Nor are charges priced by elements for reservations.
    assert.equal(net(elements.slice(0, 2), [{ at: monday('10:00'), time_s: 1800 }]), '0');
  });
});

describe('worked by hand: restrictions', () => {
  it('a day of the week ends at midnight, also of an element that goes past it', () => {
    const elements = [
      priced('ENERGY', '1', { start_time: '22:00', end_time: '06:00', day_of_week: ['FRIDAY'] }),
      priced('ENERGY', '10'),
    ];
    // Friday 23:00 at 1; Saturday 02:00 and 23:00 at 10. Friday 05:00 is within, though the night began on Thursday.
    const kwh = { energy_kwh: '1' };
    assert.equal(net(elements, [{ at: '2026-03-06T23:00:00+01:00', ...kwh }]), '1');
    assert.equal(net(elements, [{ at: '2026-03-07T02:00:00+01:00', ...kwh }]), '10');
    assert.equal(net(elements, [{ at: '2026-03-07T23:00:00+01:00', ...kwh }]), '10');
    assert.equal(net(elements, [{ at: '2026-03-06T05:00:00+01:00', ...kwh }]), '1');
  });

  it('of the time of the day: the start is within, the end is not; the same are the whole day', () => {
    const of = (restrictions: object, ...times: string[]) =>
      times.map((time) =>
        net([priced('ENERGY', '1', restrictions)], [{ at: `2026-03-02T${time}+01:00`, energy_kwh: 1 }]),
      );
    const day = { start_time: '08:00', end_time: '20:00' };
    assert.deepEqual(of(day, '07:59:59.999', '08:00:00', '19:59:59.999', '20:00:00'), ['0', '1', '1', '0']);
    assert.deepEqual(of({ start_time: '13:37', end_time: '13:37' }, '13:36:59', '13:37:00', '00:00:00'), [
      '1',
      '1',
      '1',
    ]);
    assert.deepEqual(of({ start_time: '20:00' }, '19:59:59', '20:00:00', '23:59:59', '00:00:00'), ['0', '1', '1', '0']);
    assert.deepEqual(of({ end_time: '08:00' }, '00:00:00', '07:59:59', '08:00:00'), ['1', '1', '0']);
    assert.deepEqual(of({ start_time: '20:00', end_time: '00:00' }, '20:00:00', '00:00:00'), ['1', '0']);
  });

  it('at both changes of the clocks', () => {
    const elements = [priced('ENERGY', '1', { start_time: '02:00', end_time: '03:00' }), priced('ENERGY', '10')];
    const kwh = { energy_kwh: '1' };
    // 01:59 and then 03:00: nobody ever saw two o'clock. 10 + 10.
    assert.equal(
      net(elements, [
        { at: '2026-03-29T00:59:00Z', ...kwh },
        { at: '2026-03-29T01:00:00Z', ...kwh },
      ]),
      '20',
    );
    // 02:15 in summer and again in winter, then 03:00: 1 + 1 + 10.
    const back = ['2026-10-25T00:15:00Z', '2026-10-25T01:15:00Z', '2026-10-25T02:00:00Z'].map((at) => ({ at, ...kwh }));
    assert.equal(net(elements, back), '12');
    // Durations are not those of the wall: 02:15 comes an hour after 02:15.
    assert.equal(net([priced('ENERGY', '1', { min_duration: 3600 })], back), '2');
  });

  it('dates: the first day is within, the last one is not', () => {
    const of = (at: string) =>
      net([priced('ENERGY', '1', { start_date: '2026-03-02', end_date: '2026-03-04' })], [{ at, energy_kwh: '1' }]);
    assert.deepEqual(
      ['2026-03-01T22:59:59Z', '2026-03-01T23:00:00Z', '2026-03-03T22:59:59Z', '2026-03-03T23:00:00Z'].map(of),
      ['0', '1', '1', '0'],
    );
  });

  it('energy counts what came before the period, priced or not, in reservations too; time counts from the start', () => {
    const elements = [
      priced('ENERGY', '0', { max_kwh: '2.5', max_duration: 3600 }),
      priced('ENERGY', '1', { min_kwh: '2.5', max_kwh: '10' }),
      priced('ENERGY', '5', { min_duration: 3600 }),
    ];
    const periods = [
      { at: monday('10:00'), energy_kwh: '2.4999' },
      { at: monday('10:20'), energy_kwh: '0.0001' },
      // 2.5 kWh: 1 each.
      { at: monday('10:30'), energy_kwh: '7.5' },
      { at: monday('10:40') },
      // 10 kWh before the hour is over: nobody prices it.
      { at: monday('10:59'), energy_kwh: '3' },
      // After an hour: 5 each.
      { at: monday('11:00'), energy_kwh: '2' },
    ];
    // 7.5 + 10
    assert.equal(net(elements, periods), '17.5');
  });

  it('the first element with a price for a dimension has it, others have the rest', () => {
    const elements = [
      {
        price_components: [
          { type: 'ENERGY', price: '0.3', step_size: 1 },
          { type: 'TIME', price: '6', step_size: 1 },
        ],
        restrictions: { min_power: '50' },
      },
      { price_components: [{ type: 'ENERGY', price: '0.2', step_size: 1 }] },
      {
        price_components: [
          { type: 'TIME', price: '3', step_size: 1 },
          { type: 'ENERGY', price: '9', step_size: 1 },
        ],
      },
    ];
    const half = { energy_kwh: '10', time_s: 1800 };
    // 10 × 0.3 + 3; below 50 kW, and where nobody knows: 10 × 0.2 + 1.5.
    const of = (more: object) => net(elements, [{ at: monday('10:00'), ...half, ...more }]);
    assert.deepEqual(
      [of({ power_kw: '50' }), of({ power_kw: '49.999999' }), of({}), of({ power_kw: null })],
      ['6', '3.5', '3.5', '3.5'],
    );
  });
});

describe('worked by hand: tax, limits and currencies', () => {
  const mixed = [
    {
      price_components: [
        { type: 'FLAT', price: '2', vat: '0', step_size: 1 },
        { type: 'ENERGY', price: '0.5', vat: '20', step_size: 1 },
        { type: 'TIME', price: '3', step_size: 1 },
      ],
    },
  ];
  const hour = [{ at: monday('10:00'), energy_kwh: '10', time_s: 3600 }];

  it('three kinds of VAT, and limits on either amount', () => {
    // Net 2 + 5 + 3 = 10; gross 2 + 6 + 3 = 11.
    assert.deepEqual(both(mixed, hour), ['10', '11']);
    assert.deepEqual(both(mixed, hour, { max_price: { excl_vat: 9, incl_vat: 10.5 } }), ['9', '10.5']);
    assert.deepEqual(both(mixed, hour, { max_price: { excl_vat: 9 } }), ['9', '11']);
    assert.deepEqual(both(mixed, hour, { min_price: { incl_vat: 12 } }), ['10', '12']);
    assert.deepEqual(linesOf(preview(mixed, hour, { max_price: { excl_vat: 9, incl_vat: 10.5 } })).at(-1), [
      'FLAT',
      '1',
      '-1',
      '-0.5',
      [],
    ]);
    // No tax applies: 10 both, and what bounds the one bounds the other.
    assert.deepEqual(both(mixed, hour, { tax_included: 'N/A', max_price: { excl_vat: 9 } }), ['9', '9']);
    // Tax is within: 10 are paid.
    assert.deepEqual(both(mixed, hour, { tax_included: 'YES', min_price: { excl_vat: 10, incl_vat: 12 } }), [
      null,
      '12',
    ]);
  });

  it('no decimals or three: nothing is rounded before the invoice', () => {
    // 3.7 kWh × 31.35 yen = 115.995; 1.25 kWh × 0.0275 dinar = 0.034375.
    assert.equal(
      net([priced('ENERGY', '31.35')], [{ at: monday('10:00'), energy_kwh: '3.7' }], { currency: 'JPY' }),
      '115.995',
    );
    assert.equal(
      net([priced('ENERGY', '0.0275')], [{ at: monday('10:00'), energy_kwh: '1.25' }], { currency: 'KWD' }),
      '0.034375',
    );
  });

  it('amounts without an end have at most nine places, and thirds are whole again in a sum', () => {
    // 100 s × 1/h = 1/36; with 7 % 107/3600.
    const odd = preview([priced('TIME', '1', {}, { vat: '7' })], [{ at: monday('10:00'), time_s: 100 }]);
    assert.deepEqual([odd.exclVat, odd.inclVat], ['0.027777778', '0.029722222']);
    // 1/3 + 2/3.
    const thirds = [priced('TIME', '1', {}, { vat: '0' }), priced('PARKING_TIME', '2')];
    assert.equal(net(thirds, [{ at: monday('10:00'), time_s: 1200, parking_s: 1200 }]), '1');
  });
});

describe('worked by hand: a fee for service', () => {
  it('counts the energy that is billed, at the fee of the period where the step is added', () => {
    const elements = [
      { ...priced('ENERGY', '1', { end_time: '12:00' }, { step_size: 1000 }), service_fee_per_kwh: '0.6' },
      { ...priced('TIME', '0', { start_time: '12:00' }), service_fee_per_kwh: '0.8' },
    ];
    const periods = [
      { at: monday('11:00'), energy_kwh: '1.2' },
      { at: monday('12:00'), energy_kwh: '3' },
    ];
    // Electricity: 1.2 → 2 kWh × 1 = 2, free from 12:00 on. Service: 2 × 0.6 + 3 × 0.8 = 3.6.
    const { electricityFee, serviceFee, total, exclVat, lines } = preview(elements, periods, { currency: 'CNY' });
    assert.deepEqual([electricityFee, serviceFee, total, exclVat], ['2', '3.6', '5.6', '5.6']);
    assert.deepEqual(
      lines.map(({ dimension, quantity, unit, price }) => [dimension, quantity, unit, price]),
      [
        ['ENERGY', '2', 'kWh', '1'],
        ['SERVICE', '2', 'kWh', '0.6'],
        ['SERVICE', '3', 'kWh', '0.8'],
      ],
    );
  });

  it('of the tariff counts where an element has none; fees and limits are in the total only', () => {
    const elements = [
      {
        price_components: [
          { type: 'ENERGY', price: '0.7', step_size: 1 },
          { type: 'FLAT', price: '1', step_size: 1 },
        ],
      },
    ];
    const more = { currency: 'CNY', service_fee_per_kwh: '0.8', max_price: { incl_vat: '12' } };
    // 10 × 0.7 + 10 × 0.8 + 1 = 16, at most 12.
    const { electricityFee, serviceFee, total } = preview(elements, [{ at: monday('10:00'), energy_kwh: '10' }], more);
    assert.deepEqual([electricityFee, serviceFee, total], ['7', '8', '12']);
  });
});

describe('worked by hand: when a tariff is valid', () => {
  it('is not asked: whoever tries a tariff has chosen it', () => {
    // 2 kWh × 0.5, long before and after.
    for (const valid of [{ start_date_time: '2030-01-01T00:00:00Z' }, { end_date_time: '2019-06-30T23:59:59Z' }]) {
      assert.equal(net([priced('ENERGY', '0.5')], [{ at: monday('10:00'), energy_kwh: '2' }], valid), '1');
    }
  });
});
