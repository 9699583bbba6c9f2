import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pagesOf } from './pages.ts';

describe('pages of a report', () => {
  it('hold everything once, in order, within both limits', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 60 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 200 }),
        (list, items, bytes) => {
          const pages = pagesOf(list, { items, bytes });
          assert.deepEqual(pages.flat(), list);
          assert.ok(pages.length >= 1);
          for (const page of pages) {
            assert.ok(page.length <= items);
            const size = page.reduce((sum, item) => sum + Buffer.byteLength(JSON.stringify(item)) + 1, 0);
            assert.ok(size <= bytes || page.length === 1, 'only an item that is too large for any page is larger');
            assert.ok(page.length > 0 || list.length === 0);
          }
        },
      ),
    );
  });
});
