import assert from 'node:assert/strict';
import { metered, priced, type Story, tariffOf } from '../testing/metered.ts';
import type { CompiledTariff } from './compile-tariff.ts';
import { sessionUnusable } from './metered-session.ts';
import { rateSession } from './rate-session.ts';

const NIGHT = { start_time: '22:00', end_time: '06:00' };

/** Start in UTC, kWh, and whether a border lay between two readings. */
function periodsOf(tariff: CompiledTariff, story: Story): [start: string, kwh: number, interpolated: boolean][] {
  return rateSession(tariff, metered(story)).periods.map(({ startMs, energyMilliWh, interpolated }) => [
    new Date(startMs).toISOString().replace(':00.000Z', 'Z'),
    Number(energyMilliWh) / 1e6,
    interpolated,
  ]);
}

const net = (tariff: CompiledTariff, story: Story) => rateSession(tariff, metered(story)).price.exclVat;

describe('the cost of a charge', () => {
  it('across midnight: the night is one period, and borders between readings are interpolated', () => {
    const tariff = tariffOf([priced('ENERGY', '0.20', NIGHT), priced('ENERGY', '0.40')]);
    // 12 kWh evenly in 12 hours, 20:00 to 08:00 in Berlin (+1): 2 kWh at 0.40, 8 kWh at 0.20, 2 kWh at 0.40.
    const story: Story = {
      from: '2026-01-14T20:00:00+01:00',
      until: '2026-01-15T08:00:00+01:00',
      readings: [['2026-01-15T08:00:00+01:00', '12']],
    };
    assert.deepEqual(periodsOf(tariff, story), [
      ['2026-01-14T19:00Z', 2, true],
      ['2026-01-14T21:00Z', 8, true],
      ['2026-01-15T05:00Z', 2, true],
    ]);
    // 0.8 + 1.6 + 0.8
    assert.equal(net(tariff, story), '3.2');
    // A reading at the border leaves nothing to interpolate.
    const [evening] = periodsOf(tariff, {
      ...story,
      readings: [
        ['2026-01-14T22:00:00+01:00', '1.5'],
        ['2026-01-15T08:00:00+01:00', '12'],
      ],
    });
    assert.deepEqual(evening, ['2026-01-14T19:00Z', 1.5, false]);
  });

  it('on the day of 23 hours: the hour that there is not is not billed', () => {
    // Clocks in Berlin go from 02:00 to 03:00 on 2026-03-29. 22:00 to 06:00 lasts seven hours.
    const tariff = tariffOf([priced('TIME', '1', NIGHT), priced('TIME', '10')]);
    const story: Story = { from: '2026-03-28T21:00:00+01:00', until: '2026-03-29T07:00:00+02:00' };
    assert.deepEqual(
      periodsOf(tariff, story).map(([start]) => start),
      ['2026-03-28T20:00Z', '2026-03-28T21:00Z', '2026-03-29T04:00Z'],
    );
    assert.equal(net(tariff, story), '27');
    // Between 02:00 and 03:00 nothing happens; what would begin at 02:30 begins at 03:00, if it is not over by then.
    const short = tariffOf([priced('TIME', '5', { start_time: '02:30', end_time: '03:30' })]);
    assert.equal(net(short, story), '2.5');
    assert.equal(net(tariffOf([priced('TIME', '5', { start_time: '02:00', end_time: '03:00' })]), story), '0');
  });

  it('on the day of 25 hours: the hour that comes twice is billed twice', () => {
    // Clocks in Berlin go from 03:00 back to 02:00 on 2026-10-25. 22:00 to 06:00 lasts nine hours.
    const tariff = tariffOf([priced('TIME', '1', NIGHT), priced('TIME', '10')]);
    const story: Story = { from: '2026-10-24T21:00:00+02:00', until: '2026-10-25T07:00:00+01:00' };
    assert.equal(net(tariff, story), '29');
    // 02:15 to 02:45 comes at +2 and again at +1.
    const quarter = tariffOf([priced('TIME', '4', { start_time: '02:15', end_time: '02:45' }), priced('TIME', '0')]);
    assert.deepEqual(
      periodsOf(quarter, story).map(([start]) => start),
      ['2026-10-24T19:00Z', '2026-10-25T00:15Z', '2026-10-25T00:45Z', '2026-10-25T01:15Z', '2026-10-25T01:45Z'],
    );
    assert.equal(net(quarter, story), '4');
  });

  it('at another day: dates and days of the week change at midnight of the place', () => {
    // 23:00 to 02:00 in Shanghai, Tuesday the last of March to Wednesday the first of April: 15:00 Z to 18:00 Z.
    const story: Story = {
      zone: 'Asia/Shanghai',
      from: '2026-03-31T15:00:00Z',
      until: '2026-03-31T18:00:00Z',
      readings: [['2026-03-31T18:00:00Z', '30']],
    };
    const dated = tariffOf([
      priced('ENERGY', '1', { end_date: '2026-04-01' }),
      priced('ENERGY', '2', { start_date: '2026-04-01' }),
    ]);
    // 10 kWh before midnight, 20 kWh after it.
    assert.equal(net(dated, story), '50');
    assert.deepEqual(
      periodsOf(dated, story).map(([start]) => start),
      ['2026-03-31T15:00Z', '2026-03-31T16:00Z'],
    );
    const weekly = tariffOf([priced('ENERGY', '1', { day_of_week: ['WEDNESDAY'] }), priced('ENERGY', '3')]);
    assert.equal(net(weekly, story), '50');
  });

  it('at an amount of energy: the moment lies on the line between two readings', () => {
    const tariff = tariffOf([priced('ENERGY', '0', { max_kwh: '10' }), priced('ENERGY', '0.5')]);
    const story: Story = {
      from: '2026-03-01T10:00:00Z',
      until: '2026-03-01T11:00:00Z',
      readings: [
        ['2026-03-01T10:30:00Z', '8'],
        ['2026-03-01T10:50:00Z', '16'],
        ['2026-03-01T11:00:00Z', '16'],
      ],
    };
    // From 8 to 16 kWh in 20 minutes: 10 kWh after 5 of them. 6 kWh are left to pay.
    assert.deepEqual(periodsOf(tariff, story), [
      ['2026-03-01T10:00Z', 10, true],
      ['2026-03-01T10:35Z', 6, true],
    ]);
    assert.equal(net(tariff, story), '3');
    // Reached at a reading, to the milliwatt-hour.
    const at8 = tariffOf([priced('ENERGY', '0', { max_kwh: 8 }), priced('ENERGY', '0.5')]);
    assert.deepEqual(periodsOf(at8, story)[1], ['2026-03-01T10:30Z', 8, false]);
    // Thirds: at 1 kWh of 3 in 100 ms, the next whole millisecond.
    const thirds = rateSession(
      tariffOf([priced('ENERGY', '0', { max_kwh: '1' }), priced('ENERGY', '1')]),
      metered({
        from: '2026-03-01T10:00:00.000Z',
        until: '2026-03-01T10:00:00.100Z',
        readings: [['2026-03-01T10:00:00.100Z', '3']],
      }),
    );
    assert.equal((thirds.periods[1]?.startMs ?? 0) - (thirds.periods[0]?.startMs ?? 0), 34);
    assert.equal(thirds.price.exclVat, '2');
  });

  it('at a duration, and where power changes', () => {
    const tariff = tariffOf([
      priced('ENERGY', '0', { max_duration: 1800 }),
      priced('ENERGY', '0.2', { max_power: '16' }),
      priced('ENERGY', '0.5'),
    ]);
    const story: Story = {
      from: '2026-03-01T10:00:00Z',
      until: '2026-03-01T11:00:00Z',
      readings: [
        ['2026-03-01T10:00:00Z', '0', '48'],
        ['2026-03-01T10:40:00Z', '32', '12'],
        ['2026-03-01T10:50:00Z', '34', '11'],
        ['2026-03-01T11:00:00Z', '36', '50'],
      ],
    };
    // 24 kWh are free, 8 kWh at 48 kW, 4 kWh below 16 kW; the change from 12 to 11 kW is none.
    assert.deepEqual(periodsOf(tariff, story), [
      ['2026-03-01T10:00Z', 24, true],
      ['2026-03-01T10:30Z', 8, true],
      ['2026-03-01T10:40Z', 4, false],
    ]);
    assert.equal(net(tariff, story), '4.8');
  });

  it('in whole steps of the last price, once for the session', () => {
    const tariff = tariffOf([
      priced('ENERGY', '0.20', { end_time: '17:00' }, { step_size: 1000 }),
      priced('ENERGY', '0.30', {}, { step_size: 500 }),
    ]);
    // 16:00 to 18:00 in Berlin, 5.2 kWh evenly: 2.6 kWh each. 5.2 → 5.5 kWh: 2.6 × 0.20 + 2.9 × 0.30 = 1.39.
    const story: Story = {
      from: '2026-01-14T15:00:00Z',
      until: '2026-01-14T17:00:00Z',
      readings: [['2026-01-14T17:00:00Z', '5.2']],
    };
    assert.equal(net(tariff, story), '1.39');
  });

  it('charging is left exact where parking is priced, and rounded where none is billed', () => {
    const tariff = tariffOf([
      priced('TIME', '3', {}, { step_size: 600 }),
      priced('PARKING_TIME', '6', { end_time: '20:00' }, { step_size: 900 }),
    ]);
    const charge = (from: string, plugged: string): Story => ({
      from,
      until: plugged,
      activities: [[new Date(Date.parse(from) + 21 * 60_000).toISOString(), 'parking']],
    });
    // 21 min × 3/h = 1.05; 7 min of parking → 15 min × 6/h = 1.5.
    assert.equal(net(tariff, charge('2026-01-14T12:00:00+01:00', '2026-01-14T12:28:00+01:00')), '2.55');
    // Parking after 20:00 has no price: 21 → 30 min.
    assert.equal(net(tariff, charge('2026-01-14T20:00:00+01:00', '2026-01-14T20:28:00+01:00')), '1.5');
  });

  it('a reservation, then the charge', () => {
    const tariff = tariffOf([
      priced('TIME', '6', { reservation: 'RESERVATION' }, { step_size: 600 }),
      priced('TIME', '3', {}, { step_size: 60 }),
    ]);
    const story: Story = {
      from: '2026-01-14T10:00:00Z',
      until: '2026-01-14T10:40:30Z',
      activities: [
        ['2026-01-14T10:00:00Z', 'RESERVATION'],
        ['2026-01-14T10:12:00Z', 'charging'],
      ],
    };
    // 12 min × 6/h = 1.2; 40.5 min in all → 41 min, so 29 min × 3/h = 1.45.
    assert.equal(net(tariff, story), '2.65');
  });

  it('readings of one moment: the last one tells what had come by then, also where the session ends', () => {
    const tariff = tariffOf([priced('ENERGY', '1', { end_time: '12:00' }), priced('ENERGY', '3')]);
    const story: Story = {
      from: '2026-01-14T11:00:00+01:00',
      until: '2026-01-14T12:00:00+01:00',
      readings: [
        ['2026-01-14T12:00:00+01:00', '4'],
        ['2026-01-14T12:00:00+01:00', '5'],
      ],
    };
    assert.equal(net(tariff, story), '5');
    assert.equal(net(tariff, { ...story, until: '2026-01-14T13:00:00+01:00' }), '5');
    // Where a border in energy lies between them, what is beyond it begins at that moment: 4.5 kWh before noon at 1, half a kilowatt-hour at 3.
    const bordered = tariffOf([priced('ENERGY', '1', { end_time: '12:00', max_kwh: '4.5' }), priced('ENERGY', '3')]);
    assert.equal(net(bordered, story), '6');
    assert.equal(net(bordered, { ...story, until: '2026-01-14T13:00:00+01:00' }), '6');
  });

  it('is refused for what cannot have been measured', () => {
    const tariff = tariffOf([priced('ENERGY', '1')]);
    const from = '2026-01-14T10:00:00Z';
    const until = '2026-01-14T11:00:00Z';
    for (const [story, reason] of [
      [{ from: until, until: from }, /ends before/],
      [{ from, until: '2028-01-14T10:00:00Z' }, /year/],
      [{ from: 'never', until }, /milliseconds/],
      [
        {
          from,
          until,
          readings: [
            [from, '2'],
            [until, '1'],
          ],
        },
        /decreases/,
      ],
      [
        {
          from,
          until,
          readings: [
            [until, '1'],
            [from, '2'],
          ],
        },
        /order/,
      ],
      [{ from, until, readings: [['2026-01-14T11:00:01Z', '1']] }, /order/],
      [
        {
          from,
          until,
          activities: [
            [until, 'parking'],
            [from, 'charging'],
          ],
        },
        /vehicle/,
      ],
    ] as [Story, RegExp][]) {
      assert.throws(
        () => rateSession(tariff, metered(story)),
        (error) => sessionUnusable.is(error) && reason.test(error.message),
      );
    }
  });

  it('of no time and no energy is the fee for its start', () => {
    const at = '2026-01-14T10:00:00Z';
    const { periods, price } = rateSession(
      tariffOf([priced('FLAT', '0.5'), priced('ENERGY', '1')]),
      metered({ from: at, until: at }),
    );
    assert.deepEqual(
      [periods.length, price.exclVat, price.lines.map(({ dimension }) => dimension)],
      [1, '0.5', ['FLAT']],
    );
  });
});
