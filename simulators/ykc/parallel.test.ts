import assert from 'node:assert/strict';
import { parallelRemoteStart, parallelRemoteStartReply, parallelStartRequest } from '@voltpile/ykc/messages/parallel';
import { realtimeData } from '@voltpile/ykc/messages/realtime-data';
import { transactionRecord } from '@voltpile/ykc/messages/record';
import { PILE, PileStage } from '../testing/pile-stage.ts';
import { NO_CARD } from './card-number.ts';

describe('simulated pile: two guns for one car', () => {
  it('asks for each gun under one group number, and charges under two serials', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started({}, { connectors: 2 });
    pile.plugInParallel([1, 2], { batteryWh: 100_000, socPercent: 20 });
    assert.deepEqual(await pile.presentCardParallel([1, 2], 'D14B0A54'), { outcome: 'started' });
    await stage.time.advance(1_800_000);
    assert.deepEqual(
      stage.central.of(parallelStartRequest).map(({ gun, mainAux, parallelNo }) => [gun, mainAux, parallelNo]),
      [
        ['01', 0, '250310160000'],
        ['02', 1, '250310160000'],
      ],
    );
    const vehicle = pile.connector(1).vehicle;
    assert.equal(vehicle, pile.connector(2).vehicle, 'one car');
    const charged = Math.round(((vehicle?.socPercent ?? 0) - 20) * 1_000);
    assert.ok(charged > 10_800, `twice half an hour at 11 kW: ${charged} Wh`);
    assert.deepEqual(await pile.presentCard(1, 'D14B0A54'), { outcome: 'stopped' });
    await stage.time.settle();
    const records = stage.central.of(transactionRecord);
    assert.deepEqual(
      records.map(({ gun, stopReason }) => [gun, stopReason]),
      [
        ['01', 0x45],
        ['02', 0x45],
      ],
    );
    assert.equal(new Set(records.map(({ txSerial }) => txSerial)).size, 2);
    assert.deepEqual(stage.central.violations, []);
  });

  it('begins at no gun when one is refused', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started({}, { connectors: 2 });
    stage.central.answer(0xa1, ({ values }) => (values.gun === '02' ? { auth: 0, failReason: 8 } : {}));
    pile.plugInParallel([1, 2]);
    assert.deepEqual(await pile.presentCardParallel([1, 2], 'A1'), { outcome: 'refused', status: 'NotAtThisTime' });
    await stage.time.advance(60_000);
    assert.ok(stage.central.of(realtimeData).every(({ status }) => status === 2));
    assert.deepEqual(stage.central.of(transactionRecord), []);
  });

  it('starts by orders, one for each gun', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started({}, { connectors: 2 });
    pile.plugInParallel([1, 2]);
    await stage.time.settle();
    for (const [index, gun] of ['01', '02'].entries()) {
      const txSerial = stage.central.nextSerial(PILE, gun);
      const order = { txSerial, pileNo: PILE, gun, logicCard: NO_CARD, physCard: NO_CARD, balance: 10_000 };
      const answer = await stage.central.ask(
        PILE,
        parallelRemoteStart,
        { ...order, parallelNo: '250310081500' },
        parallelRemoteStartReply,
      );
      assert.deepEqual([answer.result, answer.mainAux, answer.parallelNo], [1, index, '250310081500']);
    }
    await stage.time.advance(60_000);
    pile.unplug(2);
    await stage.time.settle();
    assert.equal(stage.central.of(transactionRecord).length, 2, 'the car is gone for both');
  });

  it('is unknown to V1.5', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started({ protocolVersion: 'V1.5' }, { connectors: 2 });
    pile.plugInParallel([1, 2]);
    await assert.rejects(pile.presentCardParallel([1, 2], 'A1'), { code: 'simulator.not_possible' });
    const txSerial = stage.central.nextSerial(PILE);
    const order = { txSerial, pileNo: PILE, gun: '01', logicCard: NO_CARD, physCard: NO_CARD, balance: 10_000 };
    stage.central.send(PILE, parallelRemoteStart, { ...order, parallelNo: '250310081500' });
    await stage.time.advance(60_000);
    assert.deepEqual(stage.central.of(parallelRemoteStartReply), []);
    assert.equal(pile.isCharging(1), false);
  });
});
