import assert from 'node:assert/strict';
import { withLive } from './with-live.ts';

describe('values with live ones among them', () => {
  it('are those of the moment at which they are read', () => {
    const live = { days: 7, level: 'errors', other: 1 };
    const values = withLive({ folder: '/files' }, live, ['days', 'level']);
    assert.deepEqual({ ...values }, { folder: '/files', days: 7, level: 'errors' });
    live.days = 30;
    assert.equal(values.days, 30);
    assert.throws(() => Object.assign(values, { days: 1 }), TypeError);
  });
});
