import assert from 'node:assert/strict';
import { bmsDemand, bmsErrors } from '@voltpile/ykc/messages/battery';
import { heartbeat } from '@voltpile/ykc/messages/heartbeat';
import { login } from '@voltpile/ykc/messages/login';
import { realtimeData } from '@voltpile/ykc/messages/realtime-data';
import { transactionRecord } from '@voltpile/ykc/messages/record';
import { remoteStop, remoteStopReply } from '@voltpile/ykc/messages/stop';
import { PILE, PileStage } from '../testing/pile-stage.ts';
import type { Quirks } from './pile-options.ts';

/** A pile with quirks that has charged for ten minutes at 10 kW. */
async function charged(stage: PileStage, quirks: Partial<Quirks>) {
  const pile = await stage.started({ quirks });
  pile.plugIn(1, { batteryWh: 1_000_000, socPercent: 1, powerCurve: () => 10_000 });
  await pile.presentCard(1, 'A1');
  await stage.time.advance(600_000);
  pile.unplug(1);
  await stage.time.settle();
  return pile;
}

describe('simulated pile: quirks', () => {
  it('turns the check round, and takes it in both orders', async () => {
    await using stage = await PileStage.open();
    stage.central.crcOrder = 'high-first';
    const pile = await charged(stage, { crcOrder: 'high-first' });
    assert.equal(pile.ledger.records.length, 1);
    // Checks of two equal bytes read either way.
    assert.ok(stage.central.frames.filter(({ crcOrder }) => crcOrder === 'high-first').length > 50);
    assert.deepEqual(stage.central.violations, []);
  });

  it('counts its frames up, with the bytes turned round, or not at all', async () => {
    for (const [sequence, expected] of [
      ['big-endian', ['0000', '0001', '0002']],
      ['little-endian', ['0000', '0100', '0200']],
      ['zero', ['0000', '0000', '0000']],
    ] as const) {
      await using stage = await PileStage.open();
      stage.central.setsClock = false;
      await stage.started({ quirks: { sequence } });
      assert.deepEqual(
        stage.central.frames.map((frame) => frame.sequence),
        expected,
      );
    }
  });

  it('sends every fifth frame with a wrong check, and makes up for it', async () => {
    await using stage = await PileStage.open();
    const pile = await charged(stage, { badCheckEvery: 5 });
    await stage.time.advance(120_000);
    assert.ok(stage.central.violations.length > 10);
    assert.ok(stage.central.violations.every((what) => what === 'a wrong check'));
    assert.equal(pile.ledger.records.length, 1);
  });

  it('logs in again and again', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started({ quirks: { repeatedLoginSeconds: 60 } });
    await stage.time.advance(185_000);
    assert.equal(stage.central.of(login).length, 4);
    assert.equal(pile.canSpeak, true);
  });

  it('tells its records late, or twice', async () => {
    await using stage = await PileStage.open();
    const pile = await charged(stage, { recordDelaySeconds: 90, recordCopies: 2 });
    assert.deepEqual(stage.central.of(transactionRecord), []);
    assert.equal(stage.central.of(realtimeData).at(-1)?.status, 2, 'it is idle already');
    await stage.time.advance(91_000);
    const [first, second, ...more] = stage.central.framesOf(transactionRecord);
    assert.deepEqual(first?.values, second?.values);
    assert.notEqual(first?.sequence, second?.sequence);
    assert.deepEqual(more, []);
    assert.equal(pile.ledger.records.length, 1);
  });

  it('bills more than it has delivered, or cuts the cents', async () => {
    await using stage = await PileStage.open();
    await charged(stage, { billFactor: 1.1, truncatesAmounts: true });
    const [record] = stage.central.of(transactionRecord);
    const delivered = (record?.meterEnd ?? 0) - (record?.meterStart ?? 0);
    assert.equal(record?.totalEnergy, Math.round(delivered * 1.1));
    assert.equal((record?.amount ?? 1) % 100, 0);
  });

  it('answers a stop without pile and gun', async () => {
    await using stage = await PileStage.open();
    await stage.charging({ quirks: { shortStopReply: true } });
    const answer = await stage.central.ask(PILE, remoteStop, { pileNo: PILE, gun: '01' }, remoteStopReply);
    assert.deepEqual(answer, { result: 1, failReason: 0 });
  });

  it('fails to start, and says why in a record', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started({ quirks: { startFailure: 0x57 } });
    pile.plugIn(1);
    assert.equal((await pile.presentCard(1, 'A1')).outcome, 'refused');
    await stage.time.settle();
    assert.deepEqual(
      stage.central.of(transactionRecord).map(({ stopReason, totalEnergy }) => [stopReason, totalEnergy]),
      [[0x57, 0]],
    );
    assert.ok(stage.central.of(realtimeData).every(({ status }) => status === 2));
    pile.quirks.startFailure = 0x5e;
    await pile.presentCard(1, 'A1');
    await stage.time.settle();
    assert.equal(stage.central.of(bmsErrors)[0]?.txSerial, stage.central.of(transactionRecord)[1]?.txSerial);
    pile.quirks.startFailure = undefined;
    assert.equal((await pile.presentCard(1, 'A1')).outcome, 'started');
  });

  it('counts currents up', async () => {
    await using stage = await PileStage.open();
    await charged(stage, { positiveCurrents: true });
    assert.ok(Number(stage.central.of(bmsDemand).at(-1)?.outI) > 200);
  });

  it('has registers that are wrong, and bills that are right', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started();
    pile.setMeterFault(1, { kind: 'stuck' });
    pile.plugIn(1, { batteryWh: 1_000_000, socPercent: 1, powerCurve: () => 10_000 });
    await pile.presentCard(1, 'A1');
    await stage.time.advance(360_000);
    pile.unplug(1);
    await stage.time.settle();
    const [record] = stage.central.of(transactionRecord);
    assert.deepEqual([record?.meterStart, record?.meterEnd, record?.totalEnergy], [10_000_000, 10_000_000, 10_000]);
  });
});

describe('simulated pile: faults on demand', () => {
  it('repeats, garbles, appends and changes frames', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started();
    pile.faults.spoilCall({ action: '0x03', fault: { kind: 'repeat', repetitions: 2 } });
    await stage.time.advance(10_000);
    assert.equal(stage.central.of(heartbeat).length, 3);
    pile.faults.spoilCall({ action: '0x03', fault: { kind: 'malformed-json' } });
    pile.faults.spoilCall({ action: '0x03', fault: { kind: 'vendor-fields' } });
    pile.faults.spoilCall({ action: '0x03', fault: { kind: 'set-field', field: 'gunState', value: 7 } });
    await stage.time.advance(30_000);
    const beats = stage.central.framesOf(heartbeat).slice(3);
    assert.deepEqual(
      beats.map(({ values, surplusBytes }) => [values.gunState, surplusBytes]),
      [
        [0, 0],
        [0, 4],
        [7, 0],
      ],
    );
    assert.deepEqual(stage.central.violations, ['a wrong check']);
  });

  it('answers commands late, wrongly, or not at all', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.charging();
    const stop = { pileNo: PILE, gun: '01' };
    pile.faults.spoilAnswer({ action: '0x36', fault: { kind: 'wrong-answer', payload: { result: 0, failReason: 3 } } });
    const wrong = await stage.central.ask(PILE, remoteStop, stop, remoteStopReply);
    assert.deepEqual([wrong.result, wrong.failReason], [0, 3]);
    assert.equal(pile.isCharging(1), false, 'it has stopped all the same');
    pile.faults.spoilAnswer({ action: '0x36', fault: { kind: 'never-answer' } });
    pile.faults.spoilAnswer({ action: '*', fault: { kind: 'answer-late', delaySeconds: 30 } });
    let commands = 0;
    const both = new Promise<void>((resolve) => {
      pile.on('command', () => {
        commands += 1;
        if (commands === 2) resolve();
      });
    });
    stage.central.send(PILE, remoteStop, stop);
    stage.central.send(PILE, remoteStop, stop);
    await both;
    const at = stage.time.now();
    await stage.time.advance(60_000);
    const answers = stage.central.framesOf(remoteStopReply);
    assert.equal(answers.length, 2);
    assert.equal((answers[1]?.at ?? 0) - at, 30_000);
  });

  it('notices when the central system breaks the protocol', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started();
    const complaint = pile.waitFor('violation');
    stage.central.send(PILE, heartbeat, { pileNo: PILE, gun: '01', gunState: 0 });
    assert.match((await complaint).what, /a frame of type 0x03/);
    const next = pile.waitFor('violation');
    stage.central.send(PILE, { ...remoteStop, fields: {} } as never, {} as never);
    assert.match((await next).what, /0x36: the body ends before pileNo/);
  });
});
