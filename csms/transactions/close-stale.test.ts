import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { TransactionDecision } from '../contract/station-port.ts';
import {
  createTransactionsBench,
  originOf,
  registers,
  reportOf,
  type TransactionsBench,
} from '../testing/transactions-bench.ts';

const START = Date.parse('2026-03-01T12:00:00Z');
const T = (minutes: number): string => new Date(START + minutes * 60_000).toISOString();
const at = (minutes: number) => instant(START + minutes * 60_000);

describe('transactions whose end was lost', () => {
  let bench: TransactionsBench;
  let station: string;

  before(async () => {
    bench = await createTransactionsBench();
    await bench.addToken('CARD', { concurrent: true });
  });
  after(() => bench[Symbol.asyncDispose]());
  beforeEach(async () => {
    station = await bench.addStation();
  });

  const start = (minute: number, receivedMinute = minute): Promise<TransactionDecision> =>
    bench.service.transactionStarted(
      reportOf(station, T(minute), {
        token: 'CARD',
        evse: { evseId: 1, connectorId: 1 },
        meterWh: '1000',
        receivedAt: at(receivedMinute),
      }),
    );
  const meter = (started: TransactionDecision, minute: number, wh: number, receivedMinute = minute) =>
    bench.service.metered({
      origin: originOf(station, at(receivedMinute)),
      evseId: 1,
      stationTransactionId: `${started.stationTransactionId}`,
      readings: registers([T(minute), wh]),
    });
  const boot = (minute: number) =>
    bench.database.pool.query('update csms.stations set last_boot_at = $2 where id = $1', [station, T(minute)]);
  const remove = (minute: number) =>
    bench.database.pool.query('update csms.stations set removed_at = $2 where id = $1', [station, T(minute)]);
  const view = ({ transactionId }: TransactionDecision) =>
    bench.service.transactions.get(EVERYTHING, `${transactionId}`);
  const statusAt = async (minute: number, started: TransactionDecision): Promise<string> => {
    const back = bench.clock.now() - START;
    bench.clock.advance(minute * 60_000 - back);
    const job = bench.service.jobs.find(({ name }) => name === 'csms.close-stale-transactions');
    await job?.run(new AbortController().signal);
    return (await view(started)).status;
  };

  it('end at their last sample when the station has booted and says no more of them, until the end arrives', async () => {
    const started = await start(0);
    await meter(started, 5, 2000);
    await boot(20);
    assert.equal(await statusAt(29, started), 'active', 'booted nine minutes ago only');
    assert.equal(await statusAt(31, started), 'ended');
    const closed = await view(started);
    assert.deepEqual([closed.endedAt, closed.energyWh, closed.billableEnergyWh], [T(5), 1000, null]);
    assert.ok(closed.holds.includes('stop-missing'));

    const stationTransactionId = `${started.stationTransactionId}`;
    const end = { stationTransactionId, meterWh: '4000', stopReason: 'PowerLoss' as const, receivedAt: at(40) };
    await bench.service.transactionEnded(reportOf(station, T(19), end));
    const told = await view(started);
    assert.deepEqual([told.endedAt, told.energyWh, told.holds.includes('stop-missing')], [T(19), 3000, false]);
  });

  it('are not those that go on after the boot', async () => {
    const started = await start(0);
    await boot(20);
    await meter(started, 25, 2000);
    assert.equal(await statusAt(60, started), 'active');
  });

  it('are not those of which the station repeats a sample after the boot', async () => {
    const started = await start(0);
    await meter(started, 10, 2000);
    await boot(20);
    await meter(started, 10, 2000, 21);
    assert.equal(await statusAt(60, started), 'active');
  });

  it('are not those that began after the boot, or were reported after it', async () => {
    await boot(20);
    const later = await start(21);
    assert.equal(await statusAt(60, later), 'active');
    station = await bench.addStation();
    await boot(20);
    const replayed = await start(5, 21);
    assert.equal(await statusAt(60, replayed), 'active');
  });

  it('are found by the job, too, when the station was removed', async () => {
    const started = await start(0);
    await remove(10);
    assert.equal(await statusAt(11, started), 'active');
    assert.equal(await statusAt(13, started), 'ended');
  });

  it('end with all others of their station when that is asked for, and those of no other station', async () => {
    const started = await start(0);
    const here = station;
    station = await bench.addStation();
    const elsewhere = await start(0);
    await bench.service.closeAll(here);
    assert.deepEqual([(await view(started)).status, (await view(elsewhere)).status], ['ended', 'active']);
  });
});
