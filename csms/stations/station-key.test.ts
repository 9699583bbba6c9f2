import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { badStationKey, checkStationKey, hashStationKey, makeStationKey, matchesStationKey } from './station-key.ts';

const SECRET = Buffer.alloc(32, 7);
const matches = (key: string, presented: Buffer): boolean =>
  matchesStationKey(SECRET, presented, hashStationKey(SECRET, key));

describe('station keys', () => {
  it('are made long, random and in hex', () => {
    const key = makeStationKey();
    assert.match(key, /^[0-9a-f]{40}$/);
    assert.notEqual(makeStationKey(), key);
    checkStationKey(key);
  });

  it('are stored under the secret only', () => {
    const key = makeStationKey();
    assert.equal(hashStationKey(SECRET, key).length, 32);
    assert.notDeepEqual(hashStationKey(randomBytes(32), key), hashStationKey(SECRET, key));
  });

  it('match as hex text in either case, and as the bytes behind it', () => {
    const key = makeStationKey();
    assert.ok(matches(key, Buffer.from(key)));
    assert.ok(matches(key, Buffer.from(key.toUpperCase())));
    assert.ok(matches(key, Buffer.from(key, 'hex')));
    assert.ok(matches(key.toUpperCase(), Buffer.from(key, 'hex')));
    assert.ok(matches(key.toUpperCase(), Buffer.from(key)));
  });

  it('match as typed, and as the hex digits of what was typed', () => {
    const key = 'grüne Säule:0123:!';
    assert.ok(matches(key, Buffer.from(key)));
    assert.ok(matches(key, Buffer.from(Buffer.from(key).toString('hex'))));
    assert.ok(matches(key, Buffer.from(Buffer.from(key).toString('hex').toUpperCase())));
    assert.ok(!matches(key, Buffer.from(key.toUpperCase())));
  });

  it('do not match anything else', () => {
    const key = makeStationKey();
    for (const wrong of ['', key.slice(1), `${key}0`, key.slice(2), makeStationKey(), 'x'.repeat(10_000)]) {
      assert.ok(!matches(key, Buffer.from(wrong)), wrong.slice(0, 50));
    }
    assert.ok(!matches(key, Buffer.alloc(0)));
    assert.ok(!matchesStationKey(SECRET, Buffer.from(key), Buffer.from('short')));
  });

  it('match in every form whatever their bytes are', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 20 }),
        fc.uint8Array({ minLength: 16, maxLength: 20 }),
        (a, b) => {
          const key = Buffer.from(a).toString('hex');
          assert.ok(matches(key, Buffer.from(a)));
          assert.equal(matches(key, Buffer.from(b)), Buffer.from(a).equals(Buffer.from(b)));
        },
      ),
    );
  });

  it('are refused when people choose too short, too long or unprintable ones', () => {
    checkStationKey('x'.repeat(16));
    checkStationKey('x'.repeat(40));
    for (const bad of ['x'.repeat(15), 'x'.repeat(41), `${'x'.repeat(16)}\n`, `${'x'.repeat(16)}\ud800`]) {
      assert.throws(() => checkStationKey(bad), badStationKey.is);
    }
  });
});
