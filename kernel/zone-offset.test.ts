import assert from 'node:assert/strict';
import { zoneOffsetMs } from './zone-offset.ts';

describe('the offset of a zone', () => {
  const minutes = (at: string, timeZone: string) => zoneOffsetMs(Date.parse(at), timeZone) / 60_000;

  it('is that of the moment, to the second in which clocks change', () => {
    assert.deepEqual(
      ['2026-03-29T00:59:59.999Z', '2026-03-29T01:00:00Z', '2026-10-25T00:59:59.999Z', '2026-10-25T01:00:00Z'].map(
        (at) => minutes(at, 'Europe/Berlin'),
      ),
      [60, 120, 120, 60],
    );
    assert.deepEqual(
      ['UTC', 'Asia/Shanghai', 'Asia/Kathmandu', 'America/St_Johns'].map((zone) =>
        minutes('2026-01-15T12:00:00.123Z', zone),
      ),
      [0, 480, 345, -210],
    );
  });

  it('is refused for a zone that there is not', () => {
    assert.throws(() => minutes('2026-01-15T12:00:00Z', 'Europe/Atlantis'), RangeError);
  });
});
