import assert from 'node:assert/strict';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { PlannedWork } from './planned-work.ts';

describe('planned work', () => {
  const open = () => new PlannedWork(createLogger({ level: 'silent', format: 'json' }));

  it('is done a few at once; what is far too much is left to others', async () => {
    const work = open();
    const { promise, resolve } = Promise.withResolvers<void>();
    let [running, most, done] = [0, 0, 0];
    const task = async () => {
      most = Math.max(most, ++running);
      await promise;
      running--;
      done++;
    };
    work.add(Array.from({ length: 900 }, () => task));
    work.add(Array.from({ length: 900 }, () => task));
    resolve();
    await work.idle();
    assert.deepEqual([most, done], [8, 1008]);
  });

  it('goes on when something fails', async () => {
    const work = open();
    const done: number[] = [];
    work.add([
      () => Promise.reject(new Error('away')),
      async () => {
        done.push(1);
      },
    ]);
    await work.idle();
    assert.deepEqual(done, [1]);
  });

  it('ends what is under way when it is stopped, and begins nothing more', async () => {
    const work = open();
    const { promise, resolve } = Promise.withResolvers<void>();
    let done = 0;
    const task = async () => {
      await promise;
      done++;
    };
    work.add(Array.from({ length: 20 }, () => task));
    const stopped = work.stop();
    work.add([task]);
    resolve();
    await stopped;
    assert.equal(done, 8);
  });
});
