import assert from 'node:assert/strict';
import { readHostileStream } from './testing/read-hostile-stream.ts';

const MILLION = 1_000_000;
const PART = 50_000;
/** What a garbage collector may leave about. A leak of one byte a frame would already be this much. */
const SLACK_BYTES = 32 * 1024 * 1024;

describe('a million frames with something wrong', () => {
  it('throw nothing but errors of our own, and leave nothing in memory', () => {
    readHostileStream(PART, 1);
    const heap = () => {
      globalThis.gc?.();
      return process.memoryUsage().heapUsed;
    };
    const before = heap();
    for (let part = 0; part < MILLION / PART; part++) readHostileStream(PART, part + 2);
    const grown = heap() - before;
    assert.ok(grown < SLACK_BYTES, `the heap has grown by ${Math.round(grown / 1024)} KiB`);
  });
});
