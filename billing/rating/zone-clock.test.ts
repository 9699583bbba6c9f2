import assert from 'node:assert/strict';
import { momentsOf, ZoneClock } from './zone-clock.ts';

const at = (text: string) => Date.parse(text);
const shown = (moments: readonly number[]) => moments.map((moment) => new Date(moment).toISOString().slice(5, 16));

describe('the clock of a place', () => {
  it('tells day, weekday and minute', () => {
    const local = (zone: string, text: string) => {
      const { day, weekday, minuteOfDay } = new ZoneClock(zone).at(at(text));
      return [new Date(day * 86_400_000).toISOString().slice(0, 10), weekday, minuteOfDay];
    };
    assert.deepEqual(local('Europe/Berlin', '2026-02-28T23:30:59.999Z'), ['2026-03-01', 6, 30]);
    assert.deepEqual(local('Asia/Kathmandu', '2026-03-02T18:15:00Z'), ['2026-03-03', 1, 0]);
    assert.deepEqual(local('America/Los_Angeles', '2026-01-01T07:59:00Z'), ['2025-12-31', 2, 1439]);
    assert.deepEqual(local('UTC', '1969-12-31T23:59:59.5Z'), ['1969-12-31', 2, 1439]);
    assert.throws(() => new ZoneClock('Europe/Atlantis'), RangeError);
  });

  it('finds when clocks are changed, to the millisecond', () => {
    const changes = (zone: string, from: string, until: string) =>
      new ZoneClock(zone)
        .stretches(at(from), at(until))
        .map((stretch) => [new Date(stretch.from).toISOString().slice(5, 23), stretch.offsetMs / 60_000]);
    assert.deepEqual(changes('Europe/Berlin', '2026-03-28T20:00:00Z', '2026-03-29T20:00:00Z'), [
      ['03-28T20:00:00.000', 60],
      ['03-29T01:00:00.000', 120],
    ]);
    // Half an hour, in the south.
    assert.deepEqual(changes('Australia/Lord_Howe', '2026-04-04T12:00:00Z', '2026-04-04T18:00:00Z'), [
      ['04-04T12:00:00.000', 660],
      ['04-04T15:00:00.000', 630],
    ]);
    assert.equal(changes('Europe/Berlin', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z').length, 3);
    assert.equal(changes('Asia/Shanghai', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z').length, 1);
    assert.equal(changes('Asia/Shanghai', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z').length, 1);
  });

  it('finds the moments of a minute of the day: none, once or twice', () => {
    const of = (from: string, until: string, ...minutes: number[]) =>
      shown(
        new ZoneClock('Europe/Berlin').stretches(at(from), at(until)).flatMap((stretch) => momentsOf(stretch, minutes)),
      );
    assert.deepEqual(of('2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z', 150), []);
    assert.deepEqual(of('2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z', 150), ['10-25T00:30', '10-25T01:30']);
    assert.deepEqual(of('2026-03-01T12:00:00Z', '2026-03-03T12:00:00Z', 0, 60), [
      '03-01T23:00',
      '03-02T00:00',
      '03-02T23:00',
      '03-03T00:00',
    ]);
  });
});
