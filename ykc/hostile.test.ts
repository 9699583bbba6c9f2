import assert from 'node:assert/strict';
import { readHostileStream } from './testing/read-hostile-stream.ts';

describe('frames with something wrong', () => {
  it('ten thousand of them throw nothing but errors of our own', () => {
    const whole = readHostileStream(10_000, 20_260_101);
    assert.ok(whole > 2_000, `${whole} frames were whole`);
  });
});
