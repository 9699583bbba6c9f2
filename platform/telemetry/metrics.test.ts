import assert from 'node:assert/strict';
import { createMetrics, DURATION_BUCKETS, fromZero } from './metrics.ts';

describe('createMetrics', () => {
  it('keeps two servers in one process apart', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.counter('messages_total', 'Messages.', ['action']).inc({ action: 'Heartbeat' }, 3);
    other.counter('messages_total', 'Messages.', ['action']);
    let depth = 7;
    one.gauge('queue_depth', 'Waiting.', [], (gauge) => gauge.set(depth));
    one.histogram('handling_seconds', 'Handling.', DURATION_BUCKETS).observe(0.002);
    depth = 8;
    const text = await one.registry.metrics();
    assert.match(text, /messages_total\{action="Heartbeat"\} 3/);
    assert.match(text, /queue_depth 8/);
    assert.match(text, /handling_seconds_bucket\{le="0.0025"\} 1/);
    assert.doesNotMatch(await other.registry.metrics(), /Heartbeat/);
  });

  it('shows counters whose labels are known from 0 on', async () => {
    const metrics = createMetrics();
    const both = { direction: ['up', 'down'], outcome: ['done', 'failed'] };
    const counter = fromZero(metrics.counter('files_total', 'Files.', ['direction', 'outcome']), both);
    counter.inc({ direction: 'up', outcome: 'done' });
    const { values } = await counter.get();
    assert.deepEqual(
      values.map(({ labels, value }) => [labels.direction, labels.outcome, value]),
      [
        ['up', 'done', 1],
        ['up', 'failed', 0],
        ['down', 'done', 0],
        ['down', 'failed', 0],
      ],
    );
  });
});
