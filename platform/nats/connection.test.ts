import assert from 'node:assert/strict';
import { createLogger } from '../telemetry/logger.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { needsNatsServer, startNats } from '../testing/nats-server.ts';
import { connectBus } from './connection.ts';

describe('the connection to a broker', () => {
  let program: string;
  before(function () {
    program = needsNatsServer(this);
  });

  /** What is logged of it, by connecting to a broker that takes messages of that size. */
  async function warnings(maxPayload?: string): Promise<unknown[]> {
    await using nats = await startNats(program, maxPayload === undefined ? {} : { maxPayload });
    const logger = createLogger({ level: 'silent', format: 'json' });
    const told: unknown[] = [];
    logger.child = () => Object.assign(Object.create(logger), { warn: (facts: unknown) => told.push(facts) });
    await using bus = await connectBus({ url: nats.url, name: 'test', logger, metrics: createMetrics() });
    assert.equal(bus.isConnected, true);
    return told;
  }

  it('warns, with the figure, of a broker that takes small messages only', async () => {
    assert.deepEqual(await warnings(), [{ maxPayload: 1024 * 1024, wanted: 8_000_000 }]);
    assert.deepEqual(await warnings('8MB'), []);
    assert.deepEqual(await warnings('8M'), []);
  });

  it('is not made to one whose messages are too small to work with', async () => {
    await assert.rejects(warnings('64KB'), { code: 'nats.messages_too_small', kind: 'FailedPrecondition' });
  });
});
