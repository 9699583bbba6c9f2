import assert from 'node:assert/strict';
import { type Instant, instant } from '@voltpile/kernel/clock';
import { NO_LIMITS } from '../contract/funds-port.ts';
import { namedReport } from '../testing/named-reports.ts';
import { createTransactionsBench, originOf, reportOf, type TransactionsBench } from '../testing/transactions-bench.ts';

const HOUR = 3_600_000;
const NOON = Date.parse('2026-03-01T12:00:00Z');
/** So many seconds after noon, by our clock. */
const at = (seconds: number): Instant => instant(NOON + seconds * 1000);

describe('a card at a station whose clock is wrong', () => {
  let bench: TransactionsBench;
  let asked: string[];
  let station: string;
  let card: string;
  let cards = 0;
  before(async () => {
    bench = await createTransactionsBench({
      funds: {
        reserve: async ({ intentId }) => {
          asked.push(intentId);
          return { outcome: 'granted', limits: NO_LIMITS };
        },
      },
    });
  });
  after(() => bench[Symbol.asyncDispose]());
  beforeEach(async () => {
    asked = [];
    station = await bench.addStation();
    card = `CARD-${++cards}`;
    // Several charges of one test are about what was authorised, not about how many there may be.
    await bench.addToken(card, { concurrent: true });
  });

  const show = (seconds: number) =>
    bench.service.authorize({ origin: originOf(station, at(seconds)), idToken: { value: card } });
  const claimed = (seconds: number, offMs: number) => new Date(at(seconds) + offMs).toISOString();
  const EVSE = { evseId: 1, connectorId: 1 };

  /** A start that arrives then. */
  const start = (seconds: number, offMs: number, clockOffsetMs: number | null) =>
    bench.service.transactionStarted({
      ...reportOf(station, claimed(seconds, offMs), { token: card, evse: EVSE, meterWh: '0' }),
      origin: originOf(station, at(seconds), { clockOffsetMs }),
    });
  const startNamed = (seconds: number, offMs: number, clockOffsetMs: number | null, more: object = {}) => {
    const report = namedReport({
      station,
      name: `tx-${seconds}`,
      number: 0,
      at: claimed(seconds, offMs),
      token: card,
      evseId: 1,
      receivedAt: at(seconds),
      more,
    });
    return bench.service.transactionStarted({ ...report, origin: { ...report.origin, clockOffsetMs } });
  };
  /** Intents that money was asked for: one, where the start is what the card was shown for. */
  const intents = () => new Set(asked).size;

  for (const [name, begin] of [
    ['that is told its numbers', start],
    ['that names its charges', startNamed],
  ] as const) {
    describe(`(one ${name})`, () => {
      for (const [clock, offMs, offset] of [
        ['an hour behind, which nobody has measured yet', -HOUR, null],
        ['an hour behind', -HOUR, -HOUR],
        ['ten minutes behind, which nobody has measured yet', -600_000, null],
        ['ten minutes behind', -600_000, -600_000],
        ['an hour ahead', HOUR, HOUR],
        ['an hour ahead, which nobody has measured yet', HOUR, null],
        ['ten minutes ahead', 600_000, 600_000],
        ['ten minutes ahead, which nobody has measured yet', 600_000, null],
      ] as const) {
        it(`starts with what was authorised: ${clock}`, async () => {
          await show(0);
          const { idTokenInfo } = await begin(30, offMs, offset);
          assert.equal(idTokenInfo?.status, 'Accepted');
          assert.equal(intents(), 1);
        });
      }

      it('starts anew when what was authorised is over, by our clock', async () => {
        await show(0);
        await begin(601, HOUR, HOUR);
        assert.equal(intents(), 2);
      });

      it('starts with what was authorised in time where the report was held up', async () => {
        await show(0);
        // It happened after half a minute.
        await begin(900, -870_000, 0);
        assert.equal(intents(), 1);
      });

      it('does not let what happened long before use up what was authorised later, where the clock is known', async () => {
        await show(0);
        await begin(30, -HOUR, 0);
        assert.equal(intents(), 2);
        // Also of one that is ten minutes behind.
        await begin(60, -HOUR, -600_000);
        assert.equal(intents(), 3);
        await begin(90, 0, 0);
        assert.equal(intents(), 3);
      });
    });
  }

  it('does not let a start that was offline use up what was authorised later, whatever the clock', async () => {
    await show(0);
    await startNamed(30, -HOUR, null, { offline: true });
    assert.equal(intents(), 2);
  });

  it('is refused where it charges elsewhere, by a station that is known to be behind', async () => {
    const other = await bench.addStation();
    await bench.service.transactionStarted(
      reportOf(other, claimed(0, 0), { token: card, evse: EVSE, meterWh: '0', receivedAt: at(0) }),
    );
    await bench.database.pool.query('update csms.id_tokens set concurrent_transactions = false');
    assert.equal((await start(30, -HOUR, -HOUR)).idTokenInfo?.status, 'ConcurrentTx');
  });
});
