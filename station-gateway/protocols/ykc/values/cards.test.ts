import assert from 'node:assert/strict';
import fc from 'fast-check';
import { normalCard, reversedCard, toPhysicalCard, toShownCard } from './cards.ts';

describe('card numbers', () => {
  it('have one form, whichever side they are put to', () => {
    assert.equal(normalCard('00000000d14b0a54'), 'D14B0A54');
    assert.equal(normalCard('d14b0a5400000000'), 'D14B0A54');
    assert.equal(normalCard('7805af3703000000'), '7805AF3703');
    assert.equal(normalCard('0102030405060708'), '0102030405060708');
    // Zeros within, and half bytes, belong to the number.
    assert.equal(normalCard('00000a00b0000000'), '0A00B0');
  });

  it('are none when nothing was read', () => {
    assert.equal(normalCard('0000000000000000'), '');
    assert.equal(normalCard('ffffffffffffffff'), '');
    assert.equal(normalCard('FFFFFFFFFFFFFFFF'), '');
    assert.equal(normalCard('00000000ffffffff'), 'FFFFFFFF');
  });

  it('can be read from the other end', () => {
    assert.equal(reversedCard('540A4BD1'), 'D14B0A54');
    assert.equal(reversedCard(''), '');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 8 }), (bytes) => {
        const card = Buffer.from(bytes).toString('hex');
        assert.equal(reversedCard(reversedCard(card)), card);
      }),
    );
  });

  it('travel to the right, and only when they are card numbers', () => {
    assert.equal(toPhysicalCard('D14B0A54'), '00000000d14b0a54');
    assert.equal(toPhysicalCard('0102030405060708'), '0102030405060708');
    for (const none of ['', 'D14', 'driver@example.com', '010203040506070809', 'XX']) {
      assert.equal(toPhysicalCard(none), '0'.repeat(16), none);
    }
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (bytes) => {
        const card = normalCard(Buffer.from(bytes).toString('hex'));
        assert.equal(normalCard(toPhysicalCard(card)), card);
      }),
    );
  });

  it('are shown when they are digits', () => {
    assert.equal(toShownCard('12345678'), '0000000012345678');
    assert.equal(toShownCard('1234567890123456'), '1234567890123456');
    for (const none of ['', 'D14B0A54', '12345678901234567']) assert.equal(toShownCard(none), '0'.repeat(16), none);
  });
});
