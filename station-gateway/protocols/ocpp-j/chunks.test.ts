import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chunked } from './chunks.ts';

describe('chunked', () => {
  it('keeps every item, in order, in parts of at most the size', () => {
    const sizes = fc.oneof(fc.integer({ min: -3, max: 30 }), fc.double(), fc.constant(undefined));
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 100 }), sizes, (items, size) => {
        const parts = chunked(items, size);
        assert.deepEqual(parts.flat(), items);
        assert.ok(parts.every((part) => part.length > 0));
        if (size !== undefined && size >= 1) assert.ok(parts.every((part) => part.length <= size));
      }),
    );
  });

  it('takes a limit that is none for not told', () => {
    for (const size of [0, -1, Number.NaN, 0.5]) assert.deepEqual(chunked([1, 2], size), [[1, 2]], String(size));
  });
});
