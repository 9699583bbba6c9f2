import assert from 'node:assert/strict';
import { instant, toIso } from './clock.ts';
import { dayStart } from './day-start.ts';

describe('the start of a day', () => {
  const startOf = (at: string, zone: string): string => toIso(dayStart(instant(Date.parse(at)), zone));

  it('is midnight of the zone', () => {
    assert.equal(startOf('2026-05-01T15:59:59Z', 'Asia/Shanghai'), '2026-04-30T16:00:00.000Z');
    assert.equal(startOf('2026-05-01T16:00:00Z', 'Asia/Shanghai'), '2026-05-01T16:00:00.000Z');
    assert.equal(startOf('2026-05-01T03:00:00Z', 'America/New_York'), '2026-04-30T04:00:00.000Z');
    assert.equal(startOf('2026-05-01T12:00:00Z', 'UTC'), '2026-05-01T00:00:00.000Z');
  });

  it('is by the clock of then, on days when clocks change', () => {
    // Berlin goes from 02:00 to 03:00 on 29 March, and from 03:00 to 02:00 on 25 October.
    assert.equal(startOf('2026-03-29T12:00:00Z', 'Europe/Berlin'), '2026-03-28T23:00:00.000Z');
    assert.equal(startOf('2026-10-25T12:00:00Z', 'Europe/Berlin'), '2026-10-24T22:00:00.000Z');
    // Beirut goes from 00:00 to 01:00 on 29 March: the day begins at 01:00, which is 22:00 UTC.
    assert.equal(startOf('2026-03-29T12:00:00Z', 'Asia/Beirut'), '2026-03-28T22:00:00.000Z');
    // And back from 24:00 to 23:00 on 24 October: the 25th begins at the second midnight.
    assert.equal(startOf('2026-10-25T12:00:00Z', 'Asia/Beirut'), '2026-10-24T22:00:00.000Z');
  });
});
