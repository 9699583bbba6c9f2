import assert from 'node:assert/strict';
import type { StationCommand, StationCommandOf } from '@voltpile/csms/contract/commands';
import { realtimeData } from '@voltpile/ykc/messages/realtime-data';
import { remoteStopReply } from '@voltpile/ykc/messages/stop';
import { workParametersReply } from '@voltpile/ykc/messages/work-parameters';
import { idle, NO_SERIAL, SERIAL } from './testing/bodies.ts';
import { answer, charges, give, holdTimers, pass, refusalOf, sentTo } from './testing/give.ts';
import { PILE_NO, PileBench } from './testing/pile-bench.ts';

const told = (response: unknown) => response as Record<string, unknown>;

describe('stop-transaction at a pile', () => {
  holdTimers();

  const stopOf = (stationTransactionId = SERIAL): StationCommand => ({
    action: 'stop-transaction',
    payload: { transactionId: 'ours' },
    stationTransactionId,
  });
  const stopped = (bench: PileBench, gun: string, result: number, failReason: number) =>
    bench.say(bench.raw(0x35, Buffer.from(`${PILE_NO}${gun}0${result}0${failReason}`, 'hex')));

  for (const [failReason, text] of [
    [1, 'pile number mismatch'],
    [2, 'not charging'],
    [3, 'other'],
  ] as const) {
    it(`is refused because of ${text}`, async () => {
      const bench = await PileBench.loggedIn();
      const { outcome } = await give(bench, stopOf());
      await stopped(bench, '01', 0, failReason);
      const { status, response } = await outcome;
      assert.deepEqual([status, told(response).failReasonText], ['rejected', text]);
    });
  }

  it('times out, is lost, is not sent', async () => {
    const bench = await PileBench.loggedIn();
    const silent = await give(bench, stopOf());
    await pass(bench, 5000);
    assert.equal((await silent.outcome).status, 'timeout');
    const lost = await give(bench, stopOf());
    bench.pile.closed();
    assert.equal((await lost.outcome).status, 'unknown');
    assert.equal((await (await give(bench, stopOf())).outcome).status, 'offline');
  });

  it('needs to know which gun', async () => {
    const bench = await PileBench.loggedIn({ guns: 2 });
    const stop: StationCommand = { action: 'stop-transaction', payload: { transactionId: 'ours' } };
    assert.deepEqual(await refusalOf(bench, stop), ['failed', 'Unsendable']);
    for (const serial of [
      'deadbeef'.repeat(4),
      `99${SERIAL.slice(2)}`,
      `${PILE_NO}07${SERIAL.slice(16)}`,
      `${PILE_NO}00${SERIAL.slice(16)}`,
      NO_SERIAL,
      '',
    ]) {
      assert.deepEqual(await refusalOf(bench, stopOf(serial)), ['failed', 'Unsendable'], serial);
    }
    // A serial of the pile's own make, at the gun that tells of it.
    await charges(bench, 'deadbeef'.repeat(4), '02');
    assert.deepEqual(sentTo((await give(bench, stopOf('deadbeef'.repeat(4)))).frames), [['0x36', '02']]);
  });

  it('is sent again to a gun at rest: it may know better', async () => {
    const bench = await PileBench.loggedIn();
    await charges(bench, SERIAL);
    await answer(bench, realtimeData, idle({ plugged: 1 }));
    assert.deepEqual(sentTo((await give(bench, stopOf())).frames), [['0x36', '01']]);
  });

  it('of two guns at once is told apart by the gun, and without a gun by the order', async () => {
    const bench = await PileBench.loggedIn({ guns: 2 });
    const one = await give(bench, stopOf());
    const two = await give(bench, stopOf(`${PILE_NO}02${SERIAL.slice(16)}`));
    await stopped(bench, '02', 1, 0);
    assert.equal((await two.outcome).status, 'accepted');
    const three = await give(bench, stopOf(`${PILE_NO}02${SERIAL.slice(16)}`));
    await bench.say(bench.raw(0x35, Buffer.from('0003', 'hex')));
    await bench.say(bench.raw(0x35, Buffer.from('0100', 'hex')));
    assert.deepEqual([(await one.outcome).status, (await three.outcome).status], ['rejected', 'accepted']);
    assert.deepEqual(told((await one.outcome).response), {
      result: 0,
      resultText: 'failed',
      failReason: 3,
      failReasonText: 'other',
    });
    await bench.say(bench.raw(0x35, Buffer.from('0100', 'hex')));
    assert.deepEqual(bench.odds, ['unasked']);
    assert.equal(remoteStopReply.variant?.bodyBytes, 2);
  });
});

describe('change-availability and trigger-message at a pile', () => {
  holdTimers();

  it('locks and unlocks the whole pile, which a single gun is', async () => {
    for (const [payload, lock] of [
      [{ operationalStatus: 'Inoperative' }, 1],
      [{ operationalStatus: 'Operative', evseId: 0 }, 0],
      [{ operationalStatus: 'Operative', evseId: 1 }, 0],
    ] as const) {
      const bench = await PileBench.loggedIn();
      const { outcome, frames } = await give(bench, { action: 'change-availability', payload });
      assert.deepEqual([frames[0]?.name, frames[0]?.values.lock], ['0x52', lock]);
      await answer(bench, workParametersReply, { pileNo: PILE_NO, result: 1 });
      assert.equal((await outcome).status, 'accepted');
    }
    for (const [guns, evseId] of [
      [1, 2],
      [2, 1],
    ] as const) {
      const bench = await PileBench.loggedIn({ guns });
      const command = { action: 'change-availability', payload: { operationalStatus: 'Operative', evseId } } as const;
      assert.deepEqual(await refusalOf(bench, command), ['failed', 'NotSupported']);
    }
  });

  type Requested = StationCommandOf<'trigger-message'>['payload']['requestedMessage'];
  const trigger = (requestedMessage: Requested, evseId?: number): StationCommand => ({
    action: 'trigger-message',
    payload: { requestedMessage, ...(evseId === undefined ? {} : { evseId }) },
  });

  it('asks one gun, for whatever 0x13 tells', async () => {
    for (const message of ['MeterValues', 'StatusNotification', 'TransactionEvent'] as const) {
      const bench = await PileBench.loggedIn({ guns: 2 });
      const { outcome, frames } = await give(bench, trigger(message, 2));
      assert.deepEqual(sentTo(frames), [['0x12', '02']]);
      await answer(bench, realtimeData, idle({ gun: '01' }));
      await answer(bench, realtimeData, idle({ gun: '02', plugged: 1 }));
      const { status, response } = await outcome;
      assert.deepEqual([status, told(response).gun, told(response).plugged], ['accepted', '02', 1]);
    }
  });

  it('asks the gun of a pile that calls its only one 00', async () => {
    const bench = await PileBench.loggedIn();
    const first = await give(bench, trigger('MeterValues'));
    await answer(bench, realtimeData, idle({ gun: '00' }));
    assert.equal((await first.outcome).status, 'accepted');
    assert.deepEqual(sentTo((await give(bench, trigger('MeterValues', 1))).frames), [['0x12', '00']]);
  });

  it('has timed out when one gun says nothing', async () => {
    const bench = await PileBench.loggedIn({ guns: 2 });
    const { outcome } = await give(bench, trigger('StatusNotification'));
    await answer(bench, realtimeData, idle({ gun: '02' }));
    await pass(bench, 5000);
    const { status, response } = await outcome;
    const { guns } = response as { guns: Record<string, unknown>[] };
    assert.deepEqual([status, guns[0]?.error, guns[1]?.gun], ['timeout', 'Timeout', '02']);
  });

  it('is for guns that there are, and for nothing else', async () => {
    const bench = await PileBench.loggedIn({ guns: 2 });
    assert.deepEqual(await refusalOf(bench, trigger('MeterValues', 3)), ['failed', 'UnknownEvse']);
    for (const message of ['BootNotification', 'Heartbeat', 'FirmwareStatusNotification'] as const) {
      assert.deepEqual(await refusalOf(bench, trigger(message)), ['failed', 'NotSupported']);
    }
  });

  it('of one gun twice at once takes two answers', async () => {
    const bench = await PileBench.loggedIn();
    const one = await give(bench, trigger('MeterValues'));
    const two = await give(bench, trigger('MeterValues'));
    await answer(bench, realtimeData, idle({ plugged: 1 }));
    assert.equal(told((await one.outcome).response).plugged, 1);
    assert.ok(bench.pile.expects('0x13'));
    await answer(bench, realtimeData, idle({ plugged: 0 }));
    assert.equal(told((await two.outcome).response).plugged, 0);
  });
});
