import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cp56OfWallMs, cp56OfWallTime, readCp56, showCp56, wallMsOfCp56, writeCp56 } from './cp56-time.ts';

describe('CP56Time2a', () => {
  it('is read without its unused bits', () => {
    const time = readCp56(Buffer.from('98b70e11100314', 'hex'), 0);
    assert.equal(showCp56(time), '2020-03-16T17:14:47.000');
    assert.equal(wallMsOfCp56(time), Date.UTC(2020, 2, 16, 17, 14, 47));
    const flagged = readCp56(Buffer.from('98b78e91d0f394', 'hex'), 0);
    assert.equal(showCp56(flagged), '2020-03-16T17:14:47.000');
  });

  it('any seven bytes are written again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 7, maxLength: 7 }), (bytes) => {
        const again = Buffer.alloc(7);
        writeCp56(readCp56(Buffer.from(bytes), 0), again, 0);
        assert.deepEqual(again, Buffer.from(bytes));
      }),
    );
  });

  it('wall times go there and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2127, 11, 31) }), (wallMs) => {
        assert.equal(wallMsOfCp56(cp56OfWallMs(wallMs)), wallMs);
      }),
    );
  });

  it('are read as they are shown', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2127, 11, 31) }), (wallMs) => {
        const time = cp56OfWallMs(wallMs);
        assert.deepEqual(cp56OfWallTime(showCp56(time)), time);
      }),
    );
    const whole = cp56OfWallMs(Date.UTC(2026, 2, 1, 18, 0, 5));
    assert.deepEqual(cp56OfWallTime('2026-03-01T18:00:05'), whole);
    assert.deepEqual(cp56OfWallTime('2026-03-01T18:00:05.5'), { ...whole, millisecond: 5500 });
    for (const none of ['1999-12-31T23:59:59', '2128-01-01T00:00:00', '2026-02-29T00:00:00', '2026-03-01', 'x']) {
      assert.equal(cp56OfWallTime(none), null);
    }
  });

  it('has no moment for a time that does not exist', () => {
    const zero = readCp56(Buffer.alloc(7), 0);
    assert.equal(wallMsOfCp56(zero), null);
    assert.equal(showCp56(zero), '2000-00-00T00:00:00.000');
    const february30 = { ...cp56OfWallMs(Date.UTC(2024, 1, 29)), day: 30 };
    assert.equal(wallMsOfCp56(february30), null);
    assert.equal(wallMsOfCp56({ ...february30, day: 29, millisecond: 60_000 }), null);
  });
});
