import assert from 'node:assert/strict';
import { isZoneName, zoneName } from './zone-name.ts';

describe('names of zones', () => {
  it('are those of the IANA database, offsets are none', () => {
    for (const name of ['Europe/Berlin', 'UTC', 'Etc/GMT+5', 'America/Argentina/Buenos_Aires', 'Asia/Shanghai']) {
      assert.equal(isZoneName(name), true, name);
    }
    for (const name of ['+02:00', '-0830', '02:00', 'Mars/Base', 'Europe/', '', 'Europe/Berlin ', '__proto__']) {
      assert.equal(isZoneName(name), false, name);
    }
    assert.equal(zoneName('europe/berlin'), 'Europe/Berlin');
  });
});
