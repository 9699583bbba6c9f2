import assert from 'node:assert/strict';
import { defineError, VoltpileError } from '@voltpile/kernel/errors';
import { jsonPort, notSerializable } from './json-port.ts';

const tooMuch = defineError('echo.too_much', 'InvalidArgument', 'Too much: {count}.');

class Echo {
  #calls = 0;

  async say(value: unknown): Promise<unknown> {
    this.#calls += 1;
    return value;
  }

  async calls(): Promise<number> {
    return this.#calls;
  }

  async refuse(): Promise<void> {
    throw tooMuch({ count: 3 }, new Error('internal detail'));
  }

  async fail(): Promise<void> {
    throw new TypeError('internal detail');
  }

  async date(): Promise<Date> {
    return new Date(0);
  }
}

describe('jsonPort', () => {
  it('hands over copies, not the objects themselves', async () => {
    const port = jsonPort(new Echo());
    const value = { a: [1, 'x', null, true], nothing: undefined, b: { c: -0 } };
    const result = await port.say(value);
    assert.deepEqual(result, { a: [1, 'x', null, true], b: { c: 0 } });
    assert.notEqual(result, value);
    assert.equal(await port.say(undefined), undefined);
    assert.equal(await port.calls(), 2);
  });

  it('lets errors through as their public facts', async () => {
    const port = jsonPort(new Echo());
    await assert.rejects(port.refuse(), (error) => {
      assert(error instanceof VoltpileError && tooMuch.is(error));
      assert.deepEqual(error.details, { count: 3 });
      assert.equal(error.message, 'Too much: 3.');
      assert.equal(error.cause, undefined);
      return true;
    });
    await assert.rejects(port.fail(), (error) => error instanceof VoltpileError && error.code === 'internal');
  });

  for (const [what, value, where] of [
    ['a bigint', { a: { b: 1n } }, /say, argument 1\.a\.b is a bigint/],
    ['a Date', { at: new Date() }, /\.at is a Date/],
    ['a Map', [new Map()], /\[0\] is a Map/],
    ['a class instance', new Echo(), /is a Echo/],
    ['a Buffer', { b: Buffer.from('x') }, /\.b is a Buffer/],
    ['NaN', { n: Number.NaN }, /\.n is NaN/],
    ['undefined in a list', [undefined], /\[0\] is undefined/],
    ['a function', { f: () => 1 }, /\.f is a function/],
    ['an object with toJSON', { toJSON: () => 1 }, /toJSON is a function/],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(jsonPort(new Echo()).say(value), (error) => {
        assert(error instanceof VoltpileError && notSerializable.is(error));
        assert.match(error.message, where);
        return true;
      });
    });
  }

  it('refuses a loop, but not the same object twice', async () => {
    const twice = { x: 1 };
    assert.deepEqual(await jsonPort(new Echo()).say([twice, twice]), [{ x: 1 }, { x: 1 }]);
    const loop: { self?: unknown } = {};
    loop.self = loop;
    await assert.rejects(jsonPort(new Echo()).say(loop), /refers to itself/);
  });

  it('checks results, too', async () => {
    await assert.rejects(jsonPort(new Echo()).date(), /date, result is a Date/);
  });
});
