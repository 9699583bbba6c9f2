import assert from 'node:assert/strict';
import { FakeClock } from '@voltpile/kernel/clock';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { FakeLink } from '../testing/csms-bench.ts';
import { CostDisplays, type CostDisplaysOptions, type ShownCost } from './cost-displays.ts';

const INTERVAL_MS = 20;

function cost(transactionId: string, amount: string, isFinal = false): ShownCost {
  return {
    transactionId,
    station: 'station',
    epoch: 3,
    command: {
      action: 'show-cost',
      stationTransactionId: `of ${transactionId}`,
      payload: {
        evseId: 1,
        idToken: null,
        cost: { amount, currency: 'EUR' },
        remaining: null,
        meterWh: 0,
        asOf: '2026-03-01T12:00:00.000Z',
        isCharging: true,
        isFinal,
      },
    },
  };
}

describe('costs on displays of stations', () => {
  let link: FakeLink;
  let displays: CostDisplays;
  const make = (more: Partial<CostDisplaysOptions> = {}) => {
    displays = new CostDisplays({
      clock: new FakeClock('2026-03-01T12:00:00Z'),
      logger: createLogger({ level: 'silent', format: 'json' }),
      link: () => link,
      intervalMs: INTERVAL_MS,
      ...more,
    });
  };
  beforeEach(() => {
    link = new FakeLink();
    make();
  });
  afterEach(() => displays.stop());

  const shown = () =>
    link.executed.map(({ command }) => (command.action === 'show-cost' ? command.payload.cost.amount : command.action));
  /** Once so many were shown. */
  async function until(count: number): Promise<void> {
    const { execute } = FakeLink.prototype;
    if (link.executed.length >= count) return;
    await new Promise<void>((resolve) => {
      link.execute = (...given) => {
        const answer = execute.apply(link, given);
        if (link.executed.length >= count) resolve();
        return answer;
      };
    });
  }

  it('are shown at once, then the last of those that come in between', async () => {
    for (const amount of ['1.00', '2.00', '3.00']) displays.show(cost('a', amount));
    displays.show(cost('b', '7.00'));
    assert.deepEqual(shown(), ['1.00', '7.00']);
    await until(3);
    displays.show(cost('a', '4.00'));
    assert.deepEqual(shown(), ['1.00', '7.00', '3.00']);
    await until(4);
    assert.deepEqual(shown().slice(3), ['4.00']);
    assert.deepEqual(
      [link.executed[0]?.station, link.executed[0]?.epoch, link.executed[0]?.deadline],
      ['station', 3, Date.parse('2026-03-01T12:00:10Z')],
    );
  });

  it('are shown at once when they are final, and nothing after that that came before', async () => {
    displays.show(cost('a', '1.00'));
    displays.show(cost('a', '2.00'));
    displays.show(cost('a', '2.50', true));
    displays.show(cost('b', '7.00'));
    displays.show(cost('b', '8.00'));
    await until(4);
    assert.deepEqual(shown(), ['1.00', '2.50', '7.00', '8.00']);
  });

  it('of more running charges than are known at once are not shown, final ones are', () => {
    make({ maxCharges: 1, intervalMs: 60_000 });
    displays.show(cost('a', '1.00'));
    displays.show(cost('b', '2.00'));
    displays.show(cost('b', '3.00', true));
    assert.deepEqual(shown(), ['1.00', '3.00']);
  });

  it('do not matter: neither what the gateway says, nor whether there is one', async () => {
    link.answer = () => Promise.reject(new Error('broken'));
    displays.show(cost('a', '1.00'));
    link.answer = async () => ({ status: 'rejected', response: null });
    displays.show(cost('b', '1.00'));
    make({ link: () => undefined });
    displays.show(cost('c', '1.00'));
    displays.stop();
    displays.show(cost('d', '1.00', true));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(link.executed.length, 2);
  });
});
