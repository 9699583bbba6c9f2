import assert from 'node:assert/strict';
import { firmwareUpdate, firmwareUpdateReply } from '@voltpile/ykc/messages/firmware';
import { login } from '@voltpile/ykc/messages/login';
import { parkingLock, parkingLockReply, parkingLockStatus } from '@voltpile/ykc/messages/parking-lock';
import { qrPrefix, qrPrefixReply } from '@voltpile/ykc/messages/qr-prefix';
import { readRealtimeData, realtimeData } from '@voltpile/ykc/messages/realtime-data';
import { reboot, rebootReply } from '@voltpile/ykc/messages/reboot';
import { transactionRecord } from '@voltpile/ykc/messages/record';
import { tariffSet, tariffSetReply } from '@voltpile/ykc/messages/tariff';
import { workParameters, workParametersReply } from '@voltpile/ykc/messages/work-parameters';
import { TARIFF } from '../testing/pile-central-system.ts';
import { PILE, PileStage } from '../testing/pile-stage.ts';

const UPDATE = {
  pileNo: PILE,
  model: 1,
  power: 60,
  host: 'files.example',
  port: 21,
  user: 'u',
  pwd: 'p',
  path: '/fw-2.4.1.bin',
  when: 1,
  timeoutMin: 10,
};

describe('simulated pile: commands', () => {
  it('tells its state when asked, under the number of the question', async () => {
    await using stage = await PileStage.open();
    await stage.started();
    stage.central.send(PILE, readRealtimeData, { pileNo: PILE, gun: '01' });
    stage.central.send(PILE, readRealtimeData, { pileNo: PILE, gun: '01' });
    await stage.central.next(realtimeData);
    const [first] = stage.central.framesOf(realtimeData).slice(1);
    assert.equal(first?.sequence, '0000');
  });

  it('locks, and caps its power', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.charging();
    await stage.time.advance(60_000);
    assert.equal(pile.connector(1).powerW, 11_000);
    const set = (lock: number, maxPower: number) =>
      stage.central.ask(PILE, workParameters, { pileNo: PILE, lock, maxPower }, workParametersReply);
    assert.equal((await set(0, 20)).result, 0);
    assert.equal((await set(1, 50)).result, 1);
    assert.equal(pile.connector(1).powerW, 5_500);
    assert.equal(pile.isCharging(1), true, 'the charge goes on');
    pile.unplug(1);
    pile.plugIn(1);
    assert.deepEqual(await pile.presentCard(1, 'A1'), { outcome: 'refused', status: 'Unavailable' });
    assert.equal((await set(0, 100)).result, 1);
    assert.deepEqual(await pile.presentCard(1, 'A1'), { outcome: 'started' });
    pile.quirks.lockEndsCharges = true;
    await set(1, 100);
    await stage.time.settle();
    assert.equal(stage.central.of(transactionRecord).at(-1)?.stopReason, 0x6a);
  });

  it('takes a tariff only while nobody charges', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.charging();
    const model = { pileNo: PILE, ...TARIFF, modelNo: '0300' };
    const set = (values: object = {}) => stage.central.ask(PILE, tariffSet, { ...model, ...values }, tariffSetReply);
    assert.equal((await set()).result, 0);
    pile.unplug(1);
    assert.equal((await set({ slots: Array(48).fill(9) })).result, 0);
    assert.equal((await set()).result, 1);
    assert.equal(pile.tariff.model?.modelNo, '0300');
  });

  it('reboots at once, with the record first, or once it is idle', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.charging();
    const ask = (when: number) => stage.central.ask(PILE, reboot, { pileNo: PILE, when }, rebootReply);
    assert.equal((await ask(2)).result, 1);
    await stage.time.advance(60_000);
    assert.equal(pile.isCharging(1), true);
    pile.unplug(1);
    await stage.time.advance(30_000);
    assert.equal(stage.central.of(login).length, 2);
    pile.plugIn(1);
    await pile.presentCard(1, 'A1');
    await ask(1);
    await stage.time.advance(30_000);
    assert.equal(stage.central.of(login).length, 3);
    assert.equal(pile.ledger.records.length, 2);
  });

  it('updates its firmware, and tells what came of it', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started();
    const answers = () => stage.central.of(firmwareUpdateReply).map(({ status }) => status);
    await stage.central.ask(PILE, firmwareUpdate, { ...UPDATE, model: 2 }, firmwareUpdateReply);
    pile.faults.firmware = 'download-fails';
    stage.central.send(PILE, firmwareUpdate, UPDATE);
    await pile.waitFor('command');
    await stage.time.advance(120_000);
    assert.deepEqual(answers(), [2, 3]);
    pile.faults.firmware = 'none';
    stage.central.send(PILE, firmwareUpdate, { ...UPDATE, when: 2 });
    await pile.waitFor('command');
    await stage.time.advance(300_000);
    assert.deepEqual(answers(), [2, 3, 0]);
    assert.deepEqual(
      stage.central.of(login).map(({ swVersion }) => swVersion),
      ['1.0.0', '2.4.1'],
    );
  });

  it('moves its parking lock, and tells of it', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started({ hasParkingLock: true });
    const move = (cmd: string) =>
      stage.central.ask(PILE, parkingLock, { pileNo: PILE, gun: '01', cmd, rsv: '00000000' }, parkingLockReply);
    assert.equal((await move('55')).result, 1);
    pile.plugIn(1);
    await stage.time.advance(300_000);
    pile.faults.lockStuck = true;
    assert.equal((await move('ff')).result, 0);
    assert.deepEqual(
      stage.central.of(parkingLockStatus).map(({ lock, space }) => [lock, space]),
      [
        ['ff', '00'],
        ['55', 'ff'],
        ['55', 'ff'],
      ],
    );
    const bare = await stage.started({}, { identity: '32010600019237' });
    assert.equal(bare.parking, undefined);
    const values = { pileNo: bare.identity, gun: '01', cmd: '55', rsv: '00000000' };
    assert.equal((await stage.central.ask(bare.identity, parkingLock, values, parkingLockReply)).result, 0);
  });

  it('takes a prefix for its code', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started();
    const values = { pileNo: PILE, format: 1, prefix: 'https://pay.example/' };
    assert.equal((await stage.central.ask(PILE, qrPrefix, values, qrPrefixReply)).result, 1);
    assert.deepEqual(pile.qrPrefix, { format: 1, prefix: 'https://pay.example/' });
  });
});
