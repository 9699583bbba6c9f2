import assert from 'node:assert/strict';
import { ExpectedMessages } from './expected-messages.ts';

describe('expected messages', () => {
  it('may come until their time is over', () => {
    const expected = new ExpectedMessages();
    expected.add('Heartbeat', 1000);
    assert.equal(expected.has('Heartbeat', 999), true);
    assert.equal(expected.has('Heartbeat', 999), true, 'as often as they like');
    assert.equal(expected.has('MeterValues', 999), false);
    assert.equal(expected.has('Heartbeat', 1000), false);
    assert.equal(expected.has('Heartbeat', 999), false, 'what has lapsed is forgotten');
  });

  it('are expected for longer when asked for again, and no more when refused', () => {
    const expected = new ExpectedMessages();
    expected.add('Heartbeat', 1000);
    expected.add('Heartbeat', 2000);
    assert.equal(expected.has('Heartbeat', 1500), true);
    expected.remove('Heartbeat');
    expected.remove('never asked for');
    assert.equal(expected.has('Heartbeat', 1500), false);
  });

  it('are a hundred at most: the oldest go first', () => {
    const expected = new ExpectedMessages();
    for (let n = 0; n < 100; n += 1) expected.add(`report ${n}`, 1000);
    expected.add('report 0', 1000);
    expected.add('one more', 1000);
    assert.equal(expected.has('report 1', 0), false);
    for (const what of ['report 0', 'report 2', 'report 99', 'one more']) assert.equal(expected.has(what, 0), true);
  });
});
