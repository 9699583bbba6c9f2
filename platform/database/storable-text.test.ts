import assert from 'node:assert/strict';
import { isStorable, storableText } from './storable-text.ts';

describe('text that PostgreSQL can hold', () => {
  for (const [text, stored] of [
    ['', ''],
    ['充电 ⚡ 🔌', '充电 ⚡ 🔌'],
    ['a\u0000b\u0000', 'a\ufffdb\ufffd'],
    ['a\ud800b', 'a\ufffdb'],
    ['\udc00', '\ufffd'],
  ] as const) {
    it(`${JSON.stringify(text)} is ${text === stored ? 'as it is' : `kept as ${stored}`}`, () => {
      assert.equal(isStorable(text), text === stored);
      assert.equal(storableText(text), stored);
    });
  }
});
