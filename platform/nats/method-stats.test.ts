import assert from 'node:assert/strict';
import { defineError } from '@voltpile/kernel/errors';
import { StatsBook } from './method-stats.ts';

const refused = defineError('test.refused', 'FailedPrecondition', 'It is refused.');
const away = defineError('test.away', 'Unavailable', 'It is away: {reason}');

describe('figures of methods', () => {
  it('count calls, with what they answered and threw passed on', async () => {
    const book = new StatsBook();
    const meter = book.meter('a');
    assert.equal(book.of('a'), null);
    assert.equal(await meter.measure(async () => 7), 7);
    await assert.rejects(
      meter.measure(() => Promise.reject(refused())),
      { code: 'test.refused' },
    );
    await assert.rejects(
      meter.measure(() => Promise.reject(away({ reason: 'x'.repeat(500) }))),
      { code: 'test.away' },
    );
    const stats = book.of('a');
    assert.ok(stats);
    // A refusal is an answer.
    assert.deepEqual([stats.calls, stats.failures], [3, 1]);
    assert.deepEqual([stats.perSecond, stats.failuresPerSecond], [3 / 60, 1 / 60]);
    assert.deepEqual(
      stats.lastErrors.map(({ code, message }) => [code, message.length]),
      [['test.away', 200]],
    );
  });

  it('keep the last thousand durations and five errors', async () => {
    const book = new StatsBook();
    const meter = book.meter('a');
    const now = performance.now();
    for (let call = 0; call < 1000; call++) meter.note(now - 5000, undefined);
    for (let call = 0; call < 990; call++) meter.note(now - 1000, undefined);
    for (let call = 0; call < 6; call++) meter.note(now - 1000, away({ reason: `${call}` }));
    const stats = book.of('a');
    assert.ok(stats);
    assert.ok(stats.p50Ms >= 1000 && stats.p50Ms < 2000, `${stats.p50Ms}`);
    assert.ok(stats.p99Ms < 2000, `${stats.p99Ms}`);
    assert.equal(stats.calls, 1996);
    assert.deepEqual(
      stats.lastErrors.map(({ message }) => message),
      [1, 2, 3, 4, 5].map((call) => `It is away: ${call}`),
    );
  });
});
