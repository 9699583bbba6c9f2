import assert from 'node:assert/strict';
import { metered, priced, tariffOf } from '../testing/metered.ts';
import { rateSession } from './rate-session.ts';

/** One hour of charging from 10:00, then standing for so many minutes. */
function lines(minutes: number, fee: object, more: object = {}) {
  const until = new Date(Date.parse('2026-03-02T11:00:00Z') + minutes * 60_000).toISOString();
  const story = metered({
    from: '2026-03-02T10:00:00Z',
    until,
    readings: [['2026-03-02T11:00:00Z', '10']],
    activities: [['2026-03-02T11:00:00Z', 'parking']],
  });
  const tariff = tariffOf([priced('ENERGY', '0.5')], { idle_fee: fee, ...more });
  return rateSession(tariff, story).price.lines.slice(1);
}

const shown = (minutes: number, fee: object, more?: object) =>
  lines(minutes, fee, more).map(({ dimension, quantity, exclVat, inclVat }) => [dimension, quantity, exclVat, inclVat]);

describe('the fee for standing', () => {
  const fee = { price_per_hour: '12', grace_s: 900, vat: '20', max_price: '5' };

  it('is due for what is beyond the time of grace', () => {
    assert.deepEqual(shown(10, fee), []);
    assert.deepEqual(shown(15, fee), []);
    // 20 − 15 = 5 min × 12/h = 1.
    assert.deepEqual(shown(20, fee), [['PARKING_TIME', '0.083333333', '1', '1.2']]);
    assert.deepEqual(lines(20, fee)[0]?.periods, [1]);
  });

  it('comes to its most, and bills no more time than that', () => {
    // 25 min × 12/h = 5; an hour more costs the same.
    assert.deepEqual(shown(40, fee), [['PARKING_TIME', '0.416666667', '5', '6']]);
    assert.deepEqual(shown(100, fee), shown(40, fee));
    // Where prices hold their tax, so does the most.
    assert.deepEqual(shown(100, fee, { tax_included: 'YES' }), [['PARKING_TIME', '0.416666667', null, '5']]);
  });

  it('is rounded up to its own steps', () => {
    // 5.5 min → 6 min × 12/h = 1.2.
    assert.deepEqual(shown(20.5, { price_per_hour: '12', grace_s: 900, step_size: 60 }), [
      ['PARKING_TIME', '0.1', '1.2', '1.2'],
    ]);
  });

  it('counts all standing of a session together: a short pause does not bring the grace back', () => {
    const tariff = tariffOf([], { elements: [priced('ENERGY', '0')], idle_fee: { price_per_hour: 6, grace_s: 600 } });
    const at = (minute: number) => new Date(Date.parse('2026-03-02T10:00:00Z') + minute * 60_000).toISOString();
    const session = metered({
      from: at(0),
      until: at(40),
      activities: [
        [at(0), 'charging'],
        [at(10), 'parking'],
        [at(18), 'charging'],
        [at(20), 'parking'],
      ],
    });
    // 8 + 20 − 10 = 18 min × 6/h = 1.8, all of it in the last period.
    const { price, periods } = rateSession(tariff, session);
    assert.deepEqual([price.exclVat, price.lines[0]?.periods, periods.length], ['1.8', [3], 4]);
  });

  it('leaves the steps of charging as they are', () => {
    const tariff = tariffOf([priced('TIME', '6', {}, { step_size: 600 })], {
      idle_fee: { price_per_hour: 6, grace_s: 0 },
    });
    const session = metered({
      from: '2026-03-02T10:00:00Z',
      until: '2026-03-02T10:10:00Z',
      activities: [['2026-03-02T10:05:00Z', 'parking']],
    });
    // 5 → 10 min of charging × 6/h = 1; 5 min of standing = 0.5.
    assert.equal(rateSession(tariff, session).price.exclVat, '1.5');
  });
});
