import assert from 'node:assert/strict';
import { CallError, SILENCE } from '../testing/central-system.ts';
import { Stage } from '../testing/stage.ts';
import type { TransactionEvent } from './types.ts';

const events = (stage: Stage) => stage.central.of('TransactionEvent') as unknown as TransactionEvent[];

describe('simulated station 2.0.1: transaction events through bad times', () => {
  it('charges on while offline, tells it in order with the original times, and marks it', async () => {
    await using stage = await Stage.open();
    const station = await stage.started201({
      configuration: {
        'SampledDataCtrlr.TxUpdatedInterval': '600',
        'AuthCtrlr.OfflineTxForUnknownIdEnabled': 'true',
      },
    });
    station.plugIn(1);
    await station.presentCard(1, 'TAG-1');
    await stage.time.settle();
    station.goOffline();
    await stage.time.advance(1_500_000);
    station.unplug(1);
    station.plugIn(1);
    await station.presentCard(1, 'TAG-2');
    await stage.time.advance(60_000);
    const from = stage.central.calls.length;
    await station.goOnline();
    await stage.time.settle();
    const replayed = stage.central.calls.slice(from).map(({ action }) => action);
    assert.deepEqual(replayed, Array(replayed.length).fill('TransactionEvent'), 'the status is what it was');
    assert.deepEqual(
      events(stage).map(({ seqNo, triggerReason, offline, timestamp }) => [
        seqNo,
        triggerReason,
        offline ?? false,
        timestamp.slice(11, 19),
      ]),
      [
        [0, 'Authorized', false, '08:00:00'],
        [1, 'ChargingStateChanged', false, '08:00:00'],
        [2, 'MeterValuePeriodic', true, '08:10:00'],
        [3, 'MeterValuePeriodic', true, '08:20:00'],
        [4, 'EVCommunicationLost', true, '08:25:00'],
        [0, 'Authorized', true, '08:25:00'],
        [1, 'ChargingStateChanged', true, '08:25:00'],
      ],
    );
    assert.equal(stage.central.of('BootNotification').length, 1);
    assert.equal(station.queue.length, 0);
    assert.deepEqual(stage.central.violations, []);
  });

  it('repeats an event on which the central system fails: new message id, same content, growing waits', async () => {
    await using stage = await Stage.open();
    let failures = 2;
    stage.central.answer('TransactionEvent', () => {
      if (failures-- > 0) throw new CallError('InternalError', 'database is away');
      return {};
    });
    const station = await stage.charging201({
      configuration: {
        'OCPPCommCtrlr.MessageAttempts[TransactionEvent]': '3',
        'OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]': '10',
      },
    });
    station.unplug(1);
    const waiting = await stage.central.ask('CP-1', 'GetTransactionStatus', {});
    assert.equal(waiting.messagesInQueue, true);
    await stage.time.advance(11_000);
    assert.equal(events(stage).length, 2);
    await stage.time.advance(18_000);
    assert.equal(events(stage).length, 2, 'the second wait is longer');
    await stage.time.advance(2_000);
    const calls = stage.central.calls.filter(({ action }) => action === 'TransactionEvent');
    const starts = calls.filter(({ payload }) => payload.eventType === 'Started');
    assert.equal(starts.length, 3);
    assert.equal(new Set(starts.map(({ messageId }) => messageId)).size, 3);
    assert.equal(new Set(starts.map(({ payload }) => JSON.stringify(payload))).size, 1);
    assert.equal(events(stage).at(-1)?.eventType, 'Ended');
    assert.deepEqual(stage.central.violations, []);
  });

  it('sends again what was sent but not answered, after a cut and after silence', async () => {
    await using stage = await Stage.open();
    let silent = true;
    stage.central.answer('TransactionEvent', ({ payload }: { payload: Record<string, unknown> }) => {
      if (payload.eventType !== 'Ended' || !silent) return {};
      silent = false;
      return SILENCE;
    });
    const station = await stage.started201({
      callTimeoutMs: 60,
      configuration: { 'OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]': '1' },
    });
    station.faults.spoilCall({
      action: 'TransactionEvent',
      where: { eventType: 'Started', transactionInfo: { chargingState: 'EVConnected' } },
      fault: { kind: 'drop-before-answer' },
    });
    station.plugIn(1);
    await station.presentCard(1, 'TAG-1');
    await stage.time.advance(5_000);
    assert.deepEqual(
      events(stage).map(({ eventType }) => eventType),
      ['Started', 'Started', 'Updated'],
    );
    const failed = station.waitFor('failed');
    station.unplug(1);
    assert.match((await failed).reason, /did not answer/);
    await stage.time.advance(2_000);
    assert.equal(events(stage).filter(({ eventType }) => eventType === 'Ended').length, 2);
    assert.equal(station.acknowledged.totals.stops, 1);
    assert.equal(station.queue.length, 0);
    assert.deepEqual(stage.central.violations, []);
  });
});
