import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import { type Cp56Time, cp56OfWallMs } from '@voltpile/ykc/fields/cp56-time';
import fc from 'fast-check';
import { fromCp56, instantOf, toCp56, wallMsOf } from './wall-time.ts';

const SHANGHAI = 'Asia/Shanghai';
const BERLIN = 'Europe/Berlin';
const NEW_YORK = 'America/New_York';
/** Clocks of this island go forward by half an hour. */
const LORD_HOWE = 'Australia/Lord_Howe';

/** What a clock on the wall shows, and the moment it is taken for. */
const at = (wall: string, timeZone: string) => new Date(instantOf(Date.parse(`${wall}Z`), timeZone)).toISOString();
const wall = (utc: string, timeZone: string) => new Date(wallMsOf(instant(Date.parse(utc)), timeZone)).toISOString();

describe('wall time of piles', () => {
  it('is that of the site', () => {
    assert.equal(at('2026-03-01T12:00:00', SHANGHAI), '2026-03-01T04:00:00.000Z');
    assert.equal(at('2026-03-01T12:00:00', 'Asia/Kolkata'), '2026-03-01T06:30:00.000Z');
    assert.equal(at('2026-03-01T12:00:00', 'UTC'), '2026-03-01T12:00:00.000Z');
    assert.equal(at('2026-07-01T12:00:00', BERLIN), '2026-07-01T10:00:00.000Z');
    assert.equal(at('2026-01-01T12:00:00', BERLIN), '2026-01-01T11:00:00.000Z');
    assert.equal(at('2026-07-01T12:00:00', NEW_YORK), '2026-07-01T16:00:00.000Z');
    assert.equal(at('2026-01-01T00:30:00', 'Pacific/Kiritimati'), '2025-12-31T10:30:00.000Z');
    assert.equal(wall('2026-03-01T20:00:00Z', SHANGHAI), '2026-03-02T04:00:00.000Z');
  });

  it('that clocks skip is an hour on', () => {
    assert.equal(at('2026-03-29T01:59:59', BERLIN), '2026-03-29T00:59:59.000Z');
    assert.equal(at('2026-03-29T02:30:00', BERLIN), '2026-03-29T01:30:00.000Z');
    assert.equal(at('2026-03-29T03:00:00', BERLIN), '2026-03-29T01:00:00.000Z');
    assert.equal(at('2026-03-08T02:30:00', NEW_YORK), '2026-03-08T07:30:00.000Z');
    assert.equal(at('2026-10-04T02:15:00', LORD_HOWE), '2026-10-03T15:45:00.000Z');
  });

  it('that clocks show twice is the first, east and west of Greenwich', () => {
    assert.equal(at('2026-10-25T01:59:59', BERLIN), '2026-10-24T23:59:59.000Z');
    assert.equal(at('2026-10-25T02:30:00', BERLIN), '2026-10-25T00:30:00.000Z');
    assert.equal(at('2026-10-25T03:00:00', BERLIN), '2026-10-25T02:00:00.000Z');
    assert.equal(at('2026-11-01T01:30:00', NEW_YORK), '2026-11-01T05:30:00.000Z');
    assert.equal(at('2026-11-01T02:00:00', NEW_YORK), '2026-11-01T07:00:00.000Z');
    assert.equal(at('2026-04-05T01:45:00', LORD_HOWE), '2026-04-04T14:45:00.000Z');
  });

  it('comes back as the moment that a clock was set to, where no hour is shown twice', () => {
    const zones = fc.constantFrom(SHANGHAI, 'Asia/Kolkata', 'UTC', 'America/Phoenix', 'Africa/Nairobi');
    const moments = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2060, 0, 1) });
    fc.assert(
      fc.property(moments, zones, (ms, zone) => {
        assert.equal(fromCp56(toCp56(instant(ms), zone), zone).at, ms);
      }),
    );
  });

  it('comes back within an hour wherever clocks are turned', () => {
    const zones = fc.constantFrom(BERLIN, NEW_YORK, LORD_HOWE, 'America/Santiago', 'Africa/Casablanca');
    const moments = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2030, 0, 1) });
    fc.assert(
      fc.property(moments, zones, (ms, zone) => {
        const back = fromCp56(toCp56(instant(ms), zone), zone).at ?? 0;
        assert.ok(back <= ms && ms - back <= 3_600_000, `${ms} came back as ${back}`);
      }),
    );
  });

  it('keeps its text, and is no moment when there is no such time', () => {
    const noon = cp56OfWallMs(Date.UTC(2026, 2, 1, 12, 0, 0, 5));
    assert.deepEqual(fromCp56(noon, SHANGHAI), {
      text: '2026-03-01T12:00:00.005',
      at: Date.parse('2026-03-01T04:00:00.005Z'),
    });
    const zeros: Cp56Time = { millisecond: 0, minute: 0, hour: 0, day: 0, weekday: 0, month: 0, year: 0, spare: 0 };
    assert.deepEqual(fromCp56(zeros, SHANGHAI), { text: '2000-00-00T00:00:00.000', at: null });
    for (const odd of [{ month: 13 }, { day: 32 }, { day: 31, month: 2 }, { hour: 24 }, { minute: 60 }] as const) {
      assert.equal(fromCp56({ ...noon, ...odd }, SHANGHAI).at, null, JSON.stringify(odd));
    }
    assert.equal(fromCp56({ ...noon, millisecond: 60_000 }, SHANGHAI).at, null);
    // A clock that was never set shows a time that exists.
    assert.equal(fromCp56({ ...zeros, day: 1, month: 1 }, SHANGHAI).at, Date.parse('1999-12-31T16:00:00Z'));
  });

  it('has no use for the bits beside it', () => {
    const noon = cp56OfWallMs(Date.UTC(2026, 2, 1, 12));
    assert.equal(fromCp56({ ...noon, weekday: 0, spare: 0x3ff }, SHANGHAI).at, fromCp56(noon, SHANGHAI).at);
  });
});
