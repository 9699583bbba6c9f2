import assert from 'node:assert/strict';
import { defineError } from '@voltpile/kernel/errors';
import { GroupCommit } from './group-commit.ts';

const away = defineError('test.away', 'Unavailable', 'away');
const inTheWay = defineError('test.conflict', 'Conflict', 'in the way', { retryable: true });

interface Gate {
  readonly jobs: number[];
  readonly finish: () => void;
}

/** A writer whose transactions end when the test says so. */
function gated(more: { maxBatch?: number; maxWaiting?: number; key?: (job: number) => string } = {}) {
  const gates: Gate[] = [];
  let arrived = Promise.withResolvers<void>();
  const commits = new GroupCommit<number, number>({
    maxBatch: 100,
    maxWaiting: 100,
    ...more,
    run: async (jobs) => {
      const gate = Promise.withResolvers<void>();
      gates.push({ jobs, finish: gate.resolve });
      arrived.resolve();
      arrived = Promise.withResolvers();
      await gate.promise;
      return jobs.map((job) => job * 10);
    },
  });
  const batch = async (index: number): Promise<Gate> => {
    while (gates[index] === undefined) await arrived.promise;
    return gates[index] as Gate;
  };
  return { commits, batch };
}

describe('group commit', () => {
  it('commits at once when idle, and together what queued meanwhile', async () => {
    const { commits, batch } = gated();
    const first = commits.submit(1);
    const one = await batch(0);
    assert.deepEqual(one.jobs, [1]);
    const rest = [commits.submit(2), commits.submit(3)];
    assert.equal(commits.waiting, 2);
    one.finish();
    assert.equal(await first, 10);
    const two = await batch(1);
    assert.deepEqual(two.jobs, [2, 3]);
    two.finish();
    assert.deepEqual(await Promise.all(rest), [20, 30]);
  });

  it('keeps jobs with the same key apart and in order', async () => {
    const { commits, batch } = gated({ key: (job) => String(job % 10) });
    const all = [1, 11, 2, 21, 12].map((job) => commits.submit(job));
    for (const [index, jobs] of [
      [0, [1, 2]],
      [1, [11, 12]],
      [2, [21]],
    ] as const) {
      const gate = await batch(index);
      assert.deepEqual(gate.jobs, jobs);
      gate.finish();
    }
    await Promise.all(all);
  });

  it('bounds a batch and the queue', async () => {
    const { commits, batch } = gated({ maxBatch: 2, maxWaiting: 3 });
    const all = [1, 2, 3].map((job) => commits.submit(job));
    await assert.rejects(commits.submit(4), { code: 'csms.overloaded', kind: 'Unavailable' });
    (await batch(0)).finish();
    const second = await batch(1);
    assert.deepEqual(second.jobs, [3]);
    second.finish();
    await Promise.all(all);
  });

  it('fails a bad job alone', async () => {
    const sizes: number[] = [];
    const commits = new GroupCommit<number, number>({
      maxBatch: 100,
      maxWaiting: 100,
      onCommit: (size) => sizes.push(size),
      run: async (jobs) => {
        if (jobs.includes(5)) throw new Error('bad row');
        return jobs;
      },
    });
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5, 6, 7, 8].map((job) => commits.submit(job)));
    assert.deepEqual(
      outcomes.map((outcome) => outcome.status === 'fulfilled'),
      [true, true, true, true, false, true, true, true],
    );
    assert.equal((outcomes[4] as PromiseRejectedResult).reason.code, 'internal');
    assert.deepEqual(sizes, [4, 1, 2]);
  });

  it('fails all at once when the database is away, without trying each', async () => {
    let tries = 0;
    const commits = new GroupCommit<number, number>({
      maxBatch: 100,
      maxWaiting: 100,
      run: async () => {
        tries += 1;
        throw away();
      },
    });
    const outcomes = await Promise.allSettled([1, 2, 3].map((job) => commits.submit(job)));
    assert.ok(outcomes.every((outcome) => outcome.status === 'rejected' && outcome.reason.code === 'test.away'));
    assert.equal(tries, 1);
  });

  it('tries again when another transaction was in the way, but not for ever', async () => {
    let tries = 0;
    const failing = (howOften: number) =>
      new GroupCommit<number, number>({
        maxBatch: 100,
        maxWaiting: 100,
        run: async (jobs) => {
          tries += 1;
          if (tries <= howOften) throw inTheWay();
          return jobs;
        },
      });
    assert.equal(await failing(3).submit(1), 1);
    tries = 0;
    await assert.rejects(failing(Number.POSITIVE_INFINITY).submit(1), { code: 'test.conflict' });
    assert.equal(tries, 4);
  });

  it('finishes what it has on closing, and takes no more', async () => {
    const { commits, batch } = gated();
    const job = commits.submit(1);
    const gate = await batch(0);
    const closed = commits.close();
    await assert.rejects(commits.submit(2), { code: 'csms.stopping' });
    gate.finish();
    await closed;
    assert.equal(await job, 10);
    await commits.close();
  });
});
