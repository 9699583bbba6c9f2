import assert from 'node:assert/strict';
import { printable, vinOf } from './text.ts';

describe('text of piles', () => {
  it('is kept as printable ASCII', () => {
    assert.equal(printable('V4.1.50'), 'V4.1.50');
    assert.equal(printable(' GV 95\x1b[2J\r\n\x00\xff '), 'GV 95[2J');
    assert.equal(printable(''), null);
    assert.equal(printable('\x01\x02\xff'), null);
    assert.equal(printable('   '), null);
  });

  it('is the number of a vehicle, or is not', () => {
    assert.equal(vinOf('LSVAU2180N2183294'), 'LSVAU2180N2183294');
    assert.equal(vinOf(' LSVAU2180N21832 '), 'LSVAU2180N21832');
    for (const none of ['', ' '.repeat(17), '0'.repeat(17), '\xff'.repeat(17), 'LSVAU2180N218\x0094', 'LSV\x1b[2J']) {
      assert.equal(vinOf(none), null, JSON.stringify(none));
    }
  });
});
