import assert from 'node:assert/strict';
import { storableText } from '@voltpile/platform/database/storable-text';
import { createTestDatabase } from '@voltpile/platform/testing/test-database';
import fc from 'fast-check';
import { cutText, storableJson } from './storable-text.ts';

describe('storable text', () => {
  it('replaces what a database cannot hold', () => {
    assert.equal(storableText('a\u0000b\ud800c\udc00'), 'a\ufffdb\ufffdc\ufffd');
    assert.equal(storableText('fine 🔌'), 'fine 🔌');
  });

  it('does so all through a value', () => {
    const value = { 'k\u0000': ['\ud800', { deep: 'x\u0000', n: 1, no: null, yes: true }], fine: '🔌\\u0000' };
    assert.deepEqual(JSON.parse(storableJson(value)), {
      'k\ufffd': ['\ufffd', { deep: 'x\ufffd', n: 1, no: null, yes: true }],
      fine: '🔌\\u0000',
    });
    assert.equal(storableJson(undefined), 'null');
  });

  it('cuts, and says so', () => {
    const cuts: number[] = [];
    assert.equal(
      cutText('abc', 3, () => cuts.push(3)),
      'abc',
    );
    assert.equal(
      cutText('ab🔌', 3, () => cuts.push(2)),
      'ab\ufffd',
    );
    assert.deepEqual(cuts, [2]);
  });

  it('makes any value one that jsonb takes', async () => {
    await using test = await createTestDatabase();
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ stringUnit: 'binary' }), fc.string({ unit: 'binary' }), async (value, odd) => {
        const lone = `${odd}\u0000\ud800`;
        await test.pool.query('select $1::jsonb, $2::text', [storableJson([value, lone]), storableText(lone)]);
      }),
      { numRuns: 100 },
    );
  });
});
