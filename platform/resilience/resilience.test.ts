import assert from 'node:assert/strict';
import { defineError } from '@voltpile/kernel/errors';
import { Bulkhead } from './bulkhead.ts';
import { CallGuard } from './call-guard.ts';
import { withCaller } from './caller.ts';
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

  it('does not begin what nobody waits for any more, and gives the turn to the next', async () => {
    const bulkhead = new Bulkhead('m', 1, 5);
    let leave = (): void => {};
    const begun: string[] = [];
    const enter = (name: string, patience = {}) =>
      bulkhead.run(async () => {
        begun.push(name);
        if (name === 'first') await new Promise<void>((resolve) => (leave = resolve));
      }, patience);
    const first = enter('first');
    const caller = new AbortController();
    const gone = enter('gone', { gone: caller.signal });
    const late = enter('late', { timeoutMs: 1 });
    const last = enter('last', { timeoutMs: 60_000, gone: new AbortController().signal });
    await assert.rejects(late, { code: 'port.not_begun', kind: 'Unavailable' });
    caller.abort();
    await assert.rejects(gone, { code: 'port.caller_gone', kind: 'Unavailable' });
    assert.equal(bulkhead.waiting, 1);
    leave();
    await Promise.all([first, last]);
    await assert.rejects(enter('not even', { gone: caller.signal }), { code: 'port.caller_gone' });
    assert.deepEqual([begun, bulkhead.running], [['first', 'last'], 0]);
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

  it('does not try a read again for somebody who has gone, but does what somebody wanted done', async () => {
    for (const [importance, calls] of [
      ['read', 1],
      ['status', 2],
    ] as const) {
      const caller = new AbortController();
      const once = failing(1);
      const done = withCaller(caller.signal, () =>
        guard({ isIdempotent: true, importance }).run((timeoutMs) => {
          caller.abort();
          return once.call(timeoutMs);
        }),
      );
      await (importance === 'read' ? assert.rejects(done, { code: 'port.caller_gone' }) : done);
      assert.equal(once.calls.length, calls);
    }
  });

  it('opens after five time-outs in a row, though there are few calls', async () => {
    const one = guard({}, { isTimeout: away.is });
    const ask = (error?: typeof away) =>
      one.run(async () => {
        if (error !== undefined) throw error();
      });
    for (let call = 0; call < 4; call++) await assert.rejects(ask(away));
    await ask();
    for (let call = 0; call < 4; call++) await assert.rejects(ask(away));
    // It refuses: it is there.
    await assert.rejects(ask(refused));
    for (let call = 0; call < 4; call++) await assert.rejects(ask(away));
    assert.equal(one.state().breaker, 'closed');
    await assert.rejects(ask(away), away.is);
    await assert.rejects(ask(), { code: 'port.breaker_open' });
    while (one.state().breaker === 'open') await new Promise((resolve) => setTimeout(resolve, 5));
    await ask();
    assert.equal(one.state().breaker, 'closed');
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
