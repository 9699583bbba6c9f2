import assert from 'node:assert/strict';
import { BoundedQueue, tooBusy } from './bounded-queue.ts';

describe('bounded queue', () => {
  it('runs as many as allowed, lets some wait in order, and refuses the rest', async () => {
    const queue = new BoundedQueue(2, 1);
    const finished: string[] = [];
    const gates = new Map<string, () => void>();
    const job = (name: string) => (): Promise<string> =>
      new Promise((resolve) =>
        gates.set(name, () => {
          finished.push(name);
          resolve(name);
        }),
      );
    const first = queue.run(job('first'));
    const second = queue.run(job('second'));
    const third = queue.run(job('third'));
    await assert.rejects(queue.run(job('fourth')), tooBusy.is);
    assert.deepEqual([...gates.keys()], ['first', 'second']);
    gates.get('first')?.();
    await first;
    gates.get('second')?.();
    await second;
    gates.get('third')?.();
    assert.equal(await third, 'third');
    assert.deepEqual(finished, ['first', 'second', 'third']);
  });

  it('gives the place back when a job fails', async () => {
    const queue = new BoundedQueue(1, 0);
    await assert.rejects(
      queue.run(() => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal(await queue.run(() => Promise.resolve(1)), 1);
  });
});
