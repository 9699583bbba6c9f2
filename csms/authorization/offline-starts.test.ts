import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { TransactionView } from '../contract/operator-ports.ts';
import type { TransactionDecision } from '../contract/station-port.ts';
import { createTransactionsBench, reportOf, type TransactionsBench } from '../testing/transactions-bench.ts';

const STARTED = '2026-03-01T10:00:00Z';
const LATER = instant(Date.parse('2026-03-01T11:00:00Z'));

/** What a station has let happen without asking is a fact: kept, flagged, and answered with what the token is worth. */
describe('charges that began without connection', () => {
  let bench: TransactionsBench;

  before(async () => {
    bench = await createTransactionsBench();
    await bench.addToken('GOOD', { group: 'FLEET' });
    await bench.addToken('BLOCKED', { status: 'Blocked' });
    // Good when it was shown, over by the time that we hear of it.
    await bench.addToken('SINCE-OVER', { expiresAt: instant(Date.parse('2026-03-01T10:30:00Z')) });
    await bench.addToken('OVER', { expiresAt: instant(Date.parse('2026-03-01T09:00:00Z')) });
  });
  after(() => bench[Symbol.asyncDispose]());

  const view = (decision: TransactionDecision): Promise<TransactionView> =>
    bench.service.transactions.get(EVERYTHING, decision.transactionId ?? '');

  const CASES = [
    ['GOOD', 'Accepted', []],
    ['SINCE-OVER', 'Accepted', []],
    ['OVER', 'Expired', []],
    ['BLOCKED', 'Blocked', []],
    ['NOBODY', 'Unknown', []],
  ] as const;

  for (const [token, status, holds] of CASES) {
    it(`are kept whatever the token: ${token} is ${status}`, async () => {
      const station = await bench.addStation();
      const report = reportOf(station, STARTED, {
        token,
        receivedAt: LATER,
        evse: { evseId: 1, connectorId: 1 },
        meterWh: '0',
      });
      const decision = await bench.service.transactionStarted(report);
      assert.equal(decision.idTokenInfo?.status, status);
      const kept = await view(decision);
      assert.deepEqual([kept.status, kept.authorizationStatus, kept.flags], ['active', status, ['offline-start']]);
      assert.equal((await bench.service.transactionStarted(report)).transactionId, decision.transactionId);
      await bench.service.transactionEnded(
        reportOf(station, '2026-03-01T10:40:00Z', {
          receivedAt: LATER,
          stationTransactionId: decision.stationTransactionId as string,
          meterWh: '5000',
        }),
      );
      const ended = await view(decision);
      assert.deepEqual([ended.status, ended.energyWh, ended.holds], ['ended', 5000, holds]);
    });
  }
});
