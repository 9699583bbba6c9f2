import assert from 'node:assert/strict';
import { CallError, SILENCE } from '../testing/central-system.ts';
import { Stage } from '../testing/stage.ts';

describe('simulated station: transaction messages through bad times', () => {
  it('charges on while offline and replays in order with the original times', async () => {
    await using stage = await Stage.open();
    const station = await stage.started({
      configuration: { MeterValueSampleInterval: '600', AllowOfflineTxForUnknownId: 'true' },
    });
    station.goOffline();
    station.plugIn(1);
    await station.presentCard(1, 'TAG-1');
    const started = station.connector(1).transaction;
    assert.ok(started && started.localId < 0);
    await stage.time.advance(1_500_000);
    station.unplug(1);
    station.plugIn(1);
    await station.presentCard(1, 'TAG-1');
    await stage.time.advance(60_000);
    assert.equal(
      stage.central.calls.some(({ action }) => action === 'StartTransaction'),
      false,
    );
    const from = stage.central.calls.length;
    await station.goOnline();
    await stage.time.settle();
    const replayed = stage.central.calls.slice(from);
    assert.deepEqual(
      replayed.map(({ action }) => action),
      ['StatusNotification', 'StartTransaction', 'MeterValues', 'MeterValues', 'StopTransaction', 'StartTransaction'],
    );
    assert.equal(replayed[1]?.payload.timestamp, '2025-03-10T08:00:00.000Z');
    assert.equal(replayed[2]?.payload.transactionId, 1);
    assert.equal(replayed[4]?.payload.transactionId, 1);
    assert.equal(replayed[4]?.payload.timestamp, '2025-03-10T08:25:00.000Z');
    assert.equal(stage.central.of('BootNotification').length, 1);
    assert.equal(station.queue.length, 0);
    assert.deepEqual(stage.central.violations, []);
  });

  it('repeats a message that the central system fails on, with a new message id and growing waits', async () => {
    await using stage = await Stage.open();
    let failures = 2;
    stage.central.answer('StartTransaction', () => {
      if (failures-- > 0) throw new CallError('InternalError', 'database is away');
      return { transactionId: 5, idTagInfo: { status: 'Accepted' } };
    });
    const station = await stage.charging({
      configuration: { TransactionMessageAttempts: '3', TransactionMessageRetryInterval: '10' },
    });
    station.unplug(1);
    await stage.time.advance(9_000);
    assert.equal(stage.central.of('StartTransaction').length, 1);
    await stage.time.advance(2_000);
    assert.equal(stage.central.of('StartTransaction').length, 2);
    await stage.time.advance(18_000);
    assert.equal(stage.central.of('StartTransaction').length, 2, 'the second wait is longer');
    await stage.time.advance(2_000);
    const ids = stage.central.calls.filter(({ action }) => action === 'StartTransaction').map((call) => call.messageId);
    assert.equal(new Set(ids).size, 3);
    assert.equal(stage.central.of('StopTransaction')[0]?.transactionId, 5);
    const bodies = stage.central.of('StartTransaction').map((payload) => JSON.stringify(payload));
    assert.equal(new Set(bodies).size, 1);
  });

  it('gives a message up after TransactionMessageAttempts, and goes on with the local number', async () => {
    await using stage = await Stage.open();
    stage.central.answer('StartTransaction', () => {
      throw new CallError('InternalError');
    });
    const station = await stage.started({
      configuration: { TransactionMessageAttempts: '2', TransactionMessageRetryInterval: '1' },
    });
    const dropped: string[] = [];
    station.on('message-dropped', ({ action }) => dropped.push(action));
    station.plugIn(1);
    await station.presentCard(1, 'TAG-1');
    await stage.time.advance(60_000);
    station.unplug(1);
    await stage.time.settle();
    assert.deepEqual(dropped, ['StartTransaction']);
    assert.ok(Number(stage.central.of('StopTransaction')[0]?.transactionId) < 0);
  });

  it('sends again after reconnecting what was sent but not answered', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    station.faults.spoilCall({ action: 'StartTransaction', fault: { kind: 'drop-before-answer' } });
    station.plugIn(1);
    await station.presentCard(1, 'TAG-1');
    await stage.time.advance(5_000);
    const starts = stage.central.calls.filter(({ action }) => action === 'StartTransaction');
    assert.equal(starts.length, 2);
    assert.notEqual(starts[0]?.messageId, starts[1]?.messageId);
    assert.deepEqual(starts[0]?.payload, starts[1]?.payload);
    assert.equal(station.acknowledged.starts.length, 1);
    assert.equal(station.connector(1).transaction?.transactionId, 2);
  });

  it('counts a missing answer as a failed attempt', async () => {
    await using stage = await Stage.open();
    let silent = true;
    stage.central.answer('StopTransaction', () => {
      if (!silent) return {};
      silent = false;
      return SILENCE;
    });
    const station = await stage.charging({
      callTimeoutMs: 40,
      configuration: { TransactionMessageRetryInterval: '1' },
    });
    const failed = station.waitFor('failed');
    station.unplug(1);
    assert.match((await failed).reason, /did not answer/);
    await stage.time.advance(2_000);
    assert.equal(stage.central.of('StopTransaction').length, 2);
    assert.equal(station.queue.length, 0);
  });

  it('keeps starts and stops and drops the oldest values when its memory is full', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging({ configuration: { MeterValueSampleInterval: '1' } });
    let dropped = 0;
    station.on('message-dropped', ({ action }) => {
      assert.equal(action, 'MeterValues');
      dropped += 1;
    });
    station.goOffline();
    await stage.time.advance(10_050_000);
    station.unplug(1);
    assert.equal(station.queue.length, 10_000);
    assert.equal(dropped, 51);
  }).timeout(10_000);
});
