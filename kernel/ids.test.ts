import assert from 'node:assert/strict';
import { isUuid, uuidv7 } from './ids.ts';

describe('uuidv7', () => {
  it('makes version 7, variant 2, distinct and in order', () => {
    const made = Array.from({ length: 20_000 }, () => uuidv7(1_700_000_000_000));
    assert.equal(new Set(made).size, made.length);
    assert.deepEqual([...made].sort(), made);
    for (const id of made.slice(0, 100))
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('keeps its order when the clock steps back', () => {
    const later = uuidv7(1_900_000_000_000);
    assert.ok(uuidv7(1_800_000_000_000) > later);
  });

  it('is recognised', () => {
    assert.ok(isUuid(uuidv7()));
    assert.ok(!isUuid('nope'));
    assert.ok(!isUuid(`${uuidv7()}0`));
  });
});
