import assert from 'node:assert/strict';
import { type Instant, instant, toIso } from '@voltpile/kernel/clock';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { ChargingState, ClaimedTime, ConnectorStatus, TransactionReport } from '../contract/station-port.ts';
import { type Admitted, type CsmsBench, createCsmsBench } from '../testing/csms-bench.ts';

/** Words of a dialect, as its adapter reads them. */
const WORDS = {
  Available: ['Available', 'Idle'],
  Preparing: ['Occupied', 'EVConnected'],
  Charging: ['Occupied', 'Charging'],
  SuspendedEV: ['Occupied', 'SuspendedEV'],
  Finishing: ['Occupied', 'EVConnected'],
  Faulted: ['Faulted', undefined],
} as const satisfies Record<string, readonly [ConnectorStatus, ChargingState | undefined]>;

describe('times and state of a charge', () => {
  let bench: CsmsBench;
  let zero: number;
  let admitted: Admitted;
  let counter = 0;

  before(async () => {
    bench = await createCsmsBench();
    zero = bench.clock.now() - 3 * 3_600_000;
    await bench.csms.operatorPorts.idTokens.create(EVERYTHING, { idToken: 'CARD', concurrentTransactions: true });
  });
  after(() => bench[Symbol.asyncDispose]());
  beforeEach(async () => {
    admitted = await bench.connect(`PLUG-${++counter}`);
    await bench.csms.operatorPorts.stations.update(EVERYTHING, `PLUG-${counter}`, { registrationStatus: 'Accepted' });
  });

  const T = (minute: number): Instant => instant(zero + minute * 60_000);
  const iso = (minute: number): string => toIso(T(minute));
  const claimed = (minute: number): ClaimedTime => ({ text: iso(minute), at: T(minute) });
  const say = (word: keyof typeof WORDS, minute: number, evseId = 1): Promise<void> =>
    bench.csms.stationPort.connectorStatusChanged({
      origin: bench.origin(admitted),
      evseId,
      connectorId: 1,
      status: WORDS[word][0],
      detail: word,
      chargingState: WORDS[word][1],
      timestamp: claimed(minute),
    });
  const report = (minute: number, meterWh: string, more: Partial<TransactionReport>): TransactionReport => ({
    origin: bench.origin(admitted),
    timestamp: claimed(minute),
    meterWh,
    readings: [],
    ...more,
  });
  const start = async (minute: number, evseId = 1) => {
    const decision = await bench.csms.stationPort.transactionStarted(
      report(minute, '1000', { idToken: { value: 'CARD' }, evse: { evseId, connectorId: 1 } }),
    );
    assert.equal(decision.idTokenInfo?.status, 'Accepted');
    return { id: decision.transactionId as string, number: decision.stationTransactionId as string };
  };
  const stop = (number: string, minute: number) =>
    bench.csms.stationPort.transactionEnded(report(minute, '5000', { stationTransactionId: number }));
  const course = async ({ id }: { readonly id: string }) => {
    const view = await bench.csms.operatorPorts.transactions.get(EVERYTHING, id);
    return [view.pluggedInAt, view.unpluggedAt, view.chargingState];
  };

  it('are all known after a charge from plug to unplug', async () => {
    await say('Available', -60);
    await say('Preparing', 0);
    const transaction = await start(2);
    await say('Charging', 3);
    assert.deepEqual(await course(transaction), [iso(0), null, 'Charging']);
    await say('SuspendedEV', 40);
    assert.deepEqual(await course(transaction), [iso(0), null, 'SuspendedEV']);
    await stop(transaction.number, 50);
    await say('Finishing', 50);
    await say('Available', 55);
    const view = await bench.csms.operatorPorts.transactions.get(EVERYTHING, transaction.id);
    assert.deepEqual(
      [view.pluggedInAt, view.authorizedAt, view.energyStartedAt, view.energyEndedAt, view.unpluggedAt],
      [iso(0), iso(2), iso(2), iso(50), iso(55)],
    );
    assert.equal(view.chargingState, 'SuspendedEV');

    await say('Preparing', 60);
    await say('Available', 70);
    assert.deepEqual(await course(transaction), [iso(0), iso(55), 'SuspendedEV']);
    const states = (await bench.events())
      .filter(({ stationId, type }) => stationId === `PLUG-${counter}` && type === 'connector.status-changed')
      .map(({ data }) => data.chargingState);
    assert.deepEqual(states.slice(0, 4), ['Idle', 'EVConnected', 'Charging', 'SuspendedEV']);
  });

  it('are found when statuses come late, doubled, and in no order', async () => {
    const transaction = await start(2);
    await say('SuspendedEV', 10);
    assert.deepEqual(await course(transaction), [null, null, 'SuspendedEV']);
    await say('Charging', 3);
    await say('Charging', 3);
    assert.deepEqual(await course(transaction), [null, null, 'SuspendedEV']);
    await say('Preparing', 1);
    assert.deepEqual(await course(transaction), [iso(1), null, 'SuspendedEV']);
    await say('Preparing', 0);
    assert.deepEqual(await course(transaction), [iso(0), null, 'SuspendedEV']);
    // The car of before had left in between.
    await say('Available', 0.5);
    assert.deepEqual(await course(transaction), [iso(1), null, 'SuspendedEV']);
    await stop(transaction.number, 20);
    await say('Available', 40);
    await say('Available', 30);
    await say('Available', 40);
    await say('Available', 19);
    assert.deepEqual(await course(transaction), [iso(1), iso(30), 'SuspendedEV']);
  });

  it('know nothing of a car when the connector was free, or not heard of, before the start', async () => {
    const unheard = await start(2, 2);
    await say('Charging', 3, 2);
    assert.deepEqual(await course(unheard), [null, null, 'Charging']);
    await say('Preparing', 0);
    await say('Available', 1);
    const freed = await start(2);
    await say('Charging', 3);
    assert.deepEqual(await course(freed), [null, null, 'Charging']);
  });

  it('count a stay from its last beginning, of two statuses in the same second from the later one', async () => {
    await say('Preparing', -10);
    await say('Faulted', -5);
    await say('Available', 0);
    await say('Preparing', 0);
    await say('Finishing', 1);
    const transaction = await start(2);
    await say('Charging', 2);
    assert.deepEqual(await course(transaction), [iso(0), null, 'Charging']);
  });

  it('survive an end that is told after the car has left', async () => {
    await say('Preparing', 0);
    const transaction = await start(2);
    await say('Charging', 2);
    await say('Available', 30);
    assert.deepEqual(await course(transaction), [iso(0), iso(30), 'Idle']);
    await say('Preparing', 40);
    await stop(transaction.number, 30);
    await say('Charging', 41);
    assert.deepEqual(await course(transaction), [iso(0), iso(30), 'EVConnected']);
  });

  it('go on after a restart that says Available first', async () => {
    const transaction = await start(2);
    await say('Charging', 3);
    await say('Available', 10);
    await say('Charging', 11);
    assert.deepEqual(await course(transaction), [null, null, 'Charging']);
  });

  it('are of the transaction of their time and of their EVSE', async () => {
    await say('Preparing', 0);
    const first = await start(1);
    await say('Preparing', 5, 2);
    const other = await start(6, 2);
    await stop(first.number, 10);
    const second = await start(31);
    await say('Preparing', 30);
    await say('Charging', 32);
    await say('Available', 20);
    assert.deepEqual(await course(first), [iso(0), iso(20), null]);
    assert.deepEqual(await course(second), [iso(30), null, 'Charging']);
    assert.deepEqual(await course(other), [null, null, null]);
    await say('Faulted', 40, 2);
    assert.deepEqual(await course(other), [iso(5), null, null]);
  });

  it('are worked out for many stations in one commit', async () => {
    const before = counter;
    const all = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        admitted = await bench.connect(`MANY-${before}-${index}`);
        return admitted;
      }),
    );
    const transactions = [];
    for (const each of all) {
      admitted = each;
      await say('Preparing', 0);
      transactions.push(await start(1));
    }
    await Promise.all(
      all.map((each) => {
        admitted = each;
        return say('Charging', 2);
      }),
    );
    for (const transaction of transactions) assert.deepEqual(await course(transaction), [iso(0), null, 'Charging']);
  });
});
