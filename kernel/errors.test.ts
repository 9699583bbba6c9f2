import assert from 'node:assert/strict';
import { defineError, fromSerializedError, internalError, toVoltpileError } from './errors.ts';

const tooMany = defineError('test.too_many', 'Conflict', 'There are {count} of {what}.');

describe('errors', () => {
  it('fill their public text from the details', () => {
    assert.equal(tooMany({ count: 3 }).message, 'There are 3 of {what}.');
  });

  it('are retryable when something is away, or when they say so', () => {
    assert.equal(defineError('a', 'Unavailable', '')().retryable, true);
    assert.equal(tooMany().retryable, false);
    assert.equal(defineError('b', 'Conflict', '', { retryable: true })().retryable, true);
  });

  it('cross a port without their inside', () => {
    const original = tooMany({ count: 1 }, new Error('secret'));
    const text = JSON.stringify(original);
    assert.ok(!text.includes('secret'));
    const copy = fromSerializedError(JSON.parse(text));
    assert.ok(tooMany.is(copy));
    assert.deepEqual(copy.toJSON(), original.toJSON());
  });

  it('hide what was not foreseen', () => {
    const hidden = toVoltpileError(new Error('password is hunter2'));
    assert.ok(internalError.is(hidden));
    assert.ok(!JSON.stringify(hidden).includes('hunter2'));
    const known = tooMany();
    assert.equal(toVoltpileError(known), known);
  });
});
