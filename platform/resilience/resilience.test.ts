import assert from 'node:assert/strict';
import { defineError } from '@voltpile/kernel/errors';
import { Bulkhead } from './bulkhead.ts';
import { CallGuard } from './call-guard.ts';
import { LoadGate } from './load-gate.ts';
import { RetryBudget } from './retry-budget.ts';

const away = defineError('test.away', 'Unavailable', 'Away.');
const refused = defineError('test.refused', 'Conflict', 'Refused.');

describe('a bulkhead', () => {
  it('lets so many pass, makes others wait in order, and refuses the rest', async () => {
    const bulkhead = new Bulkhead('m', 2, 2);
    const order: number[] = [];
    const leave: (() => void)[] = [];
    const enter = (number: number) =>
      bulkhead.run(() => {
        order.push(number);
        return new Promise<void>((resolve) => leave.push(resolve));
      });
    const all = [1, 2, 3, 4].map(enter);
    await assert.rejects(enter(5), { code: 'port.too_many_waiting', kind: 'Unavailable' });
    assert.deepEqual([bulkhead.running, bulkhead.waiting], [2, 2]);
    while (order.length < 4) {
      leave.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const one of leave) one();
    await Promise.all(all);
    assert.deepEqual([order, bulkhead.running, bulkhead.waiting], [[1, 2, 3, 4], 0, 0]);
  });

  it('hands its place on after a failure, too', async () => {
    const bulkhead = new Bulkhead('m', 1, 5);
    const first = bulkhead.run(() => Promise.reject(away()));
    const second = bulkhead.run(async () => 'done');
    await assert.rejects(first, away.is);
    assert.equal(await second, 'done');
  });
});

describe('a retry budget', () => {
  it('is a share of the calls', () => {
    const budget = new RetryBudget(0.1, 2);
    assert.deepEqual([budget.take(), budget.take(), budget.take()], [true, true, false]);
    for (let call = 0; call < 11; call++) budget.note();
    assert.deepEqual([budget.take(), budget.take()], [true, false]);
  });
});

describe('a load gate', () => {
  it('keeps room for the more important', () => {
    const gate = new LoadGate(4);
    const entered = (['read', 'read', 'read', 'status', 'status', 'transaction', 'transaction'] as const).map((one) =>
      gate.enter(one),
    );
    assert.deepEqual(entered, [true, true, false, true, false, true, false]);
    gate.leave();
    assert.equal(gate.enter('transaction'), true);
    assert.equal(gate.inHand, 4);
  });
});

describe('a call guard', () => {
  const guards: CallGuard[] = [];
  const guard = (policy: ConstructorParameters<typeof CallGuard>[1]['policy'], more = {}) => {
    const made = new CallGuard('m', { policy, budget: new RetryBudget(), resetMs: 20, random: () => 0, ...more });
    guards.push(made);
    return made;
  };
  afterEach(() => {
    for (const one of guards.splice(0)) one.close();
  });
  /** Fails so often, then answers. */
  const failing = (times: number, error = away) => {
    const calls: number[] = [];
    return {
      calls,
      call: async (timeoutMs: number) => {
        calls.push(timeoutMs);
        if (calls.length <= times) throw error();
        return 'done';
      },
    };
  };

  it('tries again what may be done twice, within the time of one call', async () => {
    const { call, calls } = failing(2);
    assert.equal(await guard({ isIdempotent: true, timeoutMs: 1000 }).run(call), 'done');
    assert.equal(calls.length, 3);
    // Whoever was asked first may have died: that is not waited for to the end.
    assert.ok((calls[0] as number) <= 400 && (calls[2] as number) > 400, calls.join());
  });

  it('does not try again what may have been done, what was refused, or what is over budget', async () => {
    const once = failing(1);
    await assert.rejects(guard({}).run(once.call), away.is);
    const no = failing(1, refused);
    await assert.rejects(guard({ isIdempotent: true }).run(no.call), refused.is);
    const poor = failing(1);
    await assert.rejects(guard({ isIdempotent: true }, { budget: new RetryBudget(0, 0) }).run(poor.call), away.is);
    assert.deepEqual([once.calls.length, no.calls.length, poor.calls.length], [1, 1, 1]);
  });

  it('opens when most calls fail, lets one through after a while, and closes when that is answered', async () => {
    const one = guard({});
    for (let call = 0; call < 30; call++) await one.run(() => Promise.reject(away())).catch(() => {});
    await assert.rejects(
      one.run(async () => 'done'),
      { code: 'port.breaker_open', kind: 'Unavailable' },
    );
    assert.equal(one.state().breaker, 'open');
    assert.ok(one.state().recent.failures >= 20 && one.state().recent.rejected > 0);
    while (one.state().breaker === 'open') await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(one.state().breaker, 'half-open');
    assert.equal(await one.run(async () => 'done'), 'done');
    assert.equal(one.state().breaker, 'closed');
  });

  it('does not open for refusals and broken calls: the service is there', async () => {
    const one = guard({});
    for (let call = 0; call < 50; call++) await one.run(() => Promise.reject(refused())).catch(() => {});
    await assert.rejects(
      one.run(() => Promise.reject(new Error('inside'))),
      { kind: 'Internal' },
    );
    assert.equal(one.state().breaker, 'closed');
  });
});
