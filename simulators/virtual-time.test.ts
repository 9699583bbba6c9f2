import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { Random } from './random.ts';
import { TimerGroup, VirtualTime } from './virtual-time.ts';

describe('VirtualTime', () => {
  it('runs timers in order of their time, then of their making, cancelled ones not at all', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.boolean()), { maxLength: 60 }),
        async (plan) => {
          const time = VirtualTime.stepped(1_000);
          const ran: number[] = [];
          const timers = plan.map(([delay], index) =>
            time.after(delay, () => {
              assert.equal(time.now(), 1_000 + delay);
              ran.push(index);
            }),
          );
          plan.forEach(([, cancel], index) => {
            if (cancel) timers[index]?.cancel();
          });
          await time.advance(50);
          const expected = plan
            .map(([delay, cancel], index) => ({ delay, cancel, index }))
            .filter(({ cancel }) => !cancel)
            .sort((a, b) => a.delay - b.delay || a.index - b.index)
            .map(({ index }) => index);
          assert.deepEqual(ran, expected);
          assert.equal(time.now(), 1_050);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('does not move on while it is held', async () => {
    const time = VirtualTime.stepped(0);
    const seen: string[] = [];
    let release: () => void = () => undefined;
    time.after(10, () => {
      release = time.hold();
      setImmediate(() => {
        seen.push(`let go at ${time.now()}`);
        release();
      });
    });
    time.after(20, () => seen.push('second'));
    await time.advance(100);
    assert.deepEqual(seen, ['let go at 10', 'second']);
    release();
    await time.settle();
  });

  it('stops early when asked', async () => {
    const time = VirtualTime.stepped(0);
    let count = 0;
    const tick = () => {
      count += 1;
      time.after(10, tick);
    };
    time.after(10, tick);
    await time.advanceTo(1_000, () => count === 3);
    assert.equal(time.now(), 30);
  });

  it('sleeps until aborted', async () => {
    const time = VirtualTime.stepped(0);
    const abort = new AbortController();
    const sleeping = time.sleep(1_000, abort.signal);
    abort.abort(new Error('enough'));
    await assert.rejects(sleeping, /enough/);
    await assert.rejects(time.sleep(1, abort.signal), /enough/);
    const slept = time.sleep(1_000);
    await time.advance(1_000);
    await slept;
  });

  it('flows faster than real time, from the past up to now and never beyond', async () => {
    const before = performance.now();
    const time = VirtualTime.endingNow({ speed: 1_000, durationMs: 50_000 });
    const first = time.now();
    // Each millisecond that passes here is a second there.
    assert.ok(first <= Date.now() - 50_000 + (performance.now() - before + 1) * 1_000, String(first));
    const fired: number[] = [];
    await new Promise<void>((resolve) => {
      time.after(40_000, () => fired.push(time.now()));
      // 50 ms of real time: by then it has caught up.
      time.after(49_900, resolve);
    });
    assert.equal(fired.length, 1);
    const real = Date.now();
    assert.ok(time.now() <= Date.now());
    assert.ok(real - time.now() < 2_000);
    await new Promise<void>((resolve) => time.after(60, resolve));
    assert.ok(time.now() <= Date.now(), 'level with the present it runs at its pace');
    time.close();
    await assert.rejects(time.advance(1), TypeError);
  });

  it('refuses speeds and starts that make no sense', () => {
    assert.throws(() => VirtualTime.flowing({ speed: 0 }), RangeError);
    assert.throws(() => VirtualTime.endingNow({ speed: 0.5, durationMs: 1 }), RangeError);
    assert.throws(() => VirtualTime.stepped('soon'), RangeError);
  });

  it('drops the timers of a group together', async () => {
    const time = VirtualTime.stepped(0);
    const group = new TimerGroup(time);
    let ran = 0;
    group.after(10, () => {
      ran += 1;
    });
    group.after(20, () => {
      ran += 1;
    });
    await time.advance(10);
    group.cancelAll();
    await time.advance(100);
    assert.equal(ran, 1);
  });
});

describe('Random', () => {
  it('is the same for the same seed and name, and spreads evenly', () => {
    const draw = (random: Random) => Array.from({ length: 5 }, () => random.next());
    assert.deepEqual(draw(Random.named(1, 'a')), draw(Random.named(1, 'a')));
    assert.notDeepEqual(draw(Random.named(1, 'a')), draw(Random.named(1, 'b')));
    assert.notDeepEqual(draw(Random.named(1, 'a')), draw(Random.named(2, 'a')));
    const random = new Random(7);
    const counts = [0, 0, 0, 0];
    for (let index = 0; index < 4_000; index += 1) {
      const value = random.integer(0, 3);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    assert.ok(
      counts.every((count) => count > 850 && count < 1_150),
      counts.join(' '),
    );
    assert.throws(() => random.pick([]), RangeError);
  });
});
