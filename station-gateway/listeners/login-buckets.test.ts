import assert from 'node:assert/strict';
import { LoginBuckets } from './login-buckets.ts';

/** As many keys as are remembered. */
const REMEMBERED = 20_000;

describe('buckets of logins', () => {
  it('let so many in at once, then one by one', () => {
    const buckets = new LoginBuckets(0.1, 3);
    const taken = (now: number) => buckets.tryTake('a', now);
    assert.deepEqual([taken(0), taken(0), taken(0), taken(0)], [true, true, true, false]);
    assert.deepEqual([taken(9000), taken(10_000), taken(10_000), taken(20_000)], [false, true, false, true]);
    // Never more than at first.
    assert.deepEqual(
      [1, 2, 3, 4].map(() => taken(1e9)),
      [true, true, true, false],
    );
  });

  it('are one for each', () => {
    const buckets = new LoginBuckets(0.1, 1);
    assert.deepEqual([buckets.tryTake('a', 0), buckets.tryTake('b', 0), buckets.tryTake('a', 0)], [true, true, false]);
  });

  it('forget those first that have not come for longest', () => {
    const buckets = new LoginBuckets(0.001, 1);
    buckets.tryTake('old', 0);
    buckets.tryTake('busy', 0);
    for (let key = 0; key < REMEMBERED - 1; key++) {
      buckets.tryTake(`other ${key}`, 0);
      if (key % 1000 === 0) assert.equal(buckets.tryTake('busy', 0), false);
    }
    assert.equal(buckets.tryTake('busy', 0), false);
    assert.equal(buckets.tryTake('old', 0), true);
  });
});
