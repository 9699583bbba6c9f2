import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { FakeClock } from '@voltpile/kernel/clock';
import { DueLoop } from './due-loop.ts';

describe('a loop over what is due', () => {
  /** Nothing looks by itself within the time of a test. */
  const NEVER_MS = 60_000;

  function bench(options: { readonly lookMs?: number } = {}) {
    const clock = new FakeClock('2026-03-01T00:00:00Z');
    const events = new EventEmitter();
    const seen: unknown[] = [];
    const state = { looks: 0, waiting: 0, next: null as Date | null, fault: undefined as Error | undefined };
    const loop = new DueLoop({
      clock,
      lookMs: options.lookMs ?? NEVER_MS,
      async work() {
        state.looks++;
        events.emit('looked');
        if (state.fault !== undefined) throw state.fault;
        const done = Math.min(state.waiting, 2);
        state.waiting -= done;
        if (done > 0) seen.push(done);
        return done;
      },
      nextDue: async () => state.next,
      onError: (error) => seen.push(error),
    });
    return { clock, loop, state, seen, looked: () => once(events, 'looked') };
  }

  it('works until nothing is left, and again when it is told', async () => {
    const { loop, state, seen, looked } = bench();
    state.waiting = 5;
    loop.start();
    loop.start();
    // The fourth look finds nothing.
    while (state.looks < 4) await looked();
    assert.deepEqual(seen, [2, 2, 1]);
    state.waiting = 1;
    const again = looked();
    loop.poke();
    await again;
    await loop.stop();
    assert.deepEqual([seen, loop.isStopping], [[2, 2, 1, 1], true]);
  });

  it('looks when the next one is due, and now and then without being told', async () => {
    for (const { next, lookMs } of [
      { next: new Date('2026-03-01T00:00:00.020Z'), lookMs: NEVER_MS },
      { next: null, lookMs: 5 },
    ]) {
      const { loop, state, looked } = bench({ lookMs });
      state.next = next;
      loop.start();
      await looked();
      await looked();
      await loop.stop();
    }
  });

  it('goes on after what it could not do', async () => {
    const { loop, state, seen, looked } = bench({ lookMs: 5 });
    state.fault = new Error('the database is away');
    loop.start();
    await looked();
    await looked();
    state.fault = undefined;
    state.waiting = 1;
    while (state.waiting > 0) await looked();
    await loop.stop();
    assert.ok(seen.includes(1) && seen[0] instanceof Error);
  });

  it('stops also where it was never started', async () => {
    const { loop } = bench();
    await loop.stop();
  });
});
