import assert from 'node:assert/strict';
import {
  bmsAbort,
  bmsDemand,
  bmsErrors,
  bmsHandshake,
  bmsInformation,
  bmsParameters,
  chargerAbort,
  chargingEnd,
} from '@voltpile/ykc/messages/battery';
import { realtimeData } from '@voltpile/ykc/messages/realtime-data';
import { transactionRecord } from '@voltpile/ykc/messages/record';
import { remoteStart, remoteStartReply, startRequest } from '@voltpile/ykc/messages/start';
import { remoteStop, remoteStopReply } from '@voltpile/ykc/messages/stop';
import { PILE, PileStage } from '../testing/pile-stage.ts';
import { NO_CARD } from './card-number.ts';

const CARD = '00000000d14b0a54';

function order(stage: PileStage, balance = 100_000) {
  const txSerial = stage.central.nextSerial(PILE);
  return { txSerial, pileNo: PILE, gun: '01', logicCard: '0000001000000573', physCard: CARD, balance };
}

/** Statuses and plugs that gun 1 told, in order, without repetitions. */
function told(stage: PileStage): string[] {
  const states = stage.central
    .of(realtimeData)
    .map(({ status, plugged }) => `${status}${plugged === 1 ? ' plugged' : ''}`);
  return states.filter((state, index) => state !== states[index - 1]);
}

describe('simulated pile: charging', () => {
  it('starts and stops by a card, telling each step', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started();
    pile.plugIn(1);
    assert.deepEqual(await pile.presentCard(1, 'D14B0A54'), { outcome: 'started' });
    await stage.time.advance(1_800_000);
    assert.deepEqual(await pile.presentCard(1, 'AA'), { outcome: 'refused', status: 'ConcurrentTx' });
    assert.deepEqual(await pile.presentCard(1, 'd14b0a54'), { outcome: 'stopped' });
    await stage.time.settle();
    pile.unplug(1);
    await stage.time.settle();
    assert.deepEqual(stage.central.of(startRequest), [
      { pileNo: PILE, gun: '01', mode: 1, needPwd: 0, cardOrAccount: CARD, pwd: '', vin: '' },
    ]);
    assert.deepEqual(told(stage), ['2', '2 plugged', '3 plugged', '2 plugged', '2']);
    const [record] = stage.central.of(transactionRecord);
    assert.equal(record?.stopReason, 0x45);
    assert.equal(record?.txType, 2);
    assert.equal(record?.physCard, CARD);
    assert.equal(record?.meterStart, 10_000_000);
    assert.equal((record?.meterEnd ?? 0) - 10_000_000, record?.totalEnergy);
    const [confirmed] = pile.ledger.records;
    assert.equal(confirmed?.serial, record?.txSerial);
    assert.equal(confirmed?.startedAt, stage.time.now() - 1_800_000);
    assert.equal(pile.queue.length, 0);
    assert.deepEqual(stage.central.violations, []);
  });

  it('tells energy and amount of a charge every 15 s, in exact steps', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.charging();
    void pile.chargeUntil(1, 1_000).then(() => pile.unplug(1));
    await stage.time.advance(900_000);
    const during = stage.central.framesOf(realtimeData).filter(({ values }) => values.status === 3);
    const times = during.map(({ at }) => at);
    assert.ok(times.length > 20);
    for (const [index, at] of times.entries()) if (index > 0) assert.equal(at - (times[index - 1] ?? 0), 15_000);
    for (const { values } of during) {
      // Flat rate: one yuan for a kWh.
      assert.equal(values.amount, values.energy);
      assert.equal(values.lossEnergy, values.energy);
    }
    assert.equal(pile.ledger.records[0]?.energy, 10_000);
    assert.equal(pile.ledger.totals.energyWh, 1_000);
  });

  it('hands on what the BMS says on DC, and nothing on AC', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started({}, { maxPowerW: 60_000 });
    pile.plugIn(1, { vin: 'LSVNV2182E2100001', socPercent: 79, maxPowerW: 60_000 });
    await pile.presentCard(1, 'A1');
    await stage.time.advance(60_000);
    await pile.presentCard(1, 'A1');
    await stage.time.settle();
    const story = stage.central.story().slice(stage.central.story().indexOf('0x31'));
    const step = ['0x13', '0x23', '0x25'];
    assert.deepEqual(story, [
      ...['0x31', '0x13', '0x15', '0x17'],
      ...[...step, ...step, ...step, ...step],
      ...['0x21', '0x19', '0x3B', '0x13'],
    ]);
    const [handshake] = stage.central.of(bmsHandshake);
    assert.equal(handshake?.vin, 'LSVNV2182E2100001');
    assert.equal(stage.central.of(bmsParameters)[0]?.soc, 790);
    const demand = stage.central.of(bmsDemand).at(-1);
    assert.ok(Number(demand?.outI) < -1_000, 'GB/T counts charging down');
    assert.equal(
      demand?.outV,
      stage.central
        .of(realtimeData)
        .filter(({ status }) => status === 3)
        .at(-1)?.voltage,
    );
    assert.equal(stage.central.of(bmsInformation)[0]?.flags2, '10');
    assert.equal(stage.central.of(chargerAbort)[0]?.reason, '04');
    assert.equal(stage.central.of(chargingEnd)[0]?.soc, 80);

    const ac = await stage.started({ type: 'AC' }, { identity: '32010600019237' });
    ac.plugIn(1, { vin: 'LSVNV2182E2100001' });
    await ac.presentCard(1, 'A1');
    await stage.time.advance(60_000);
    ac.unplug(1);
    await stage.time.settle();
    const codes = stage.central.frames.filter(({ pileNo }) => pileNo === '32010600019237').map(({ code }) => code);
    assert.deepEqual([...new Set(codes)], [0x01, 0x55, 0x13, 0x09, 0x31, 0x03, 0x3b]);
    const [record] = stage.central.of(transactionRecord, '32010600019237');
    assert.deepEqual([record?.vin, record?.stopReason], ['', 0x6b]);
  });

  it('ends when the battery is full, by the car', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started();
    pile.plugIn(1, { batteryWh: 10_000, socPercent: 95 });
    await pile.presentCard(1, 'A1');
    await stage.time.advance(3_600_000);
    assert.equal(stage.central.of(transactionRecord)[0]?.stopReason, 0x41);
    assert.equal(stage.central.of(bmsAbort)[0]?.reason, '01');
    assert.deepEqual(stage.central.of(chargerAbort), []);
    assert.equal(pile.ledger.records[0]?.energy, 5_000);
  });

  it('starts by the VIN, which travels last character first', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started();
    pile.plugIn(1, { vin: 'LSVNV2182E2100001' });
    assert.deepEqual(await pile.presentVehicle(1), { outcome: 'started' });
    await stage.time.advance(60_000);
    pile.unplug(1);
    await stage.time.settle();
    const [request] = stage.central.of(startRequest);
    assert.deepEqual([request?.mode, request?.cardOrAccount, request?.vin], [3, NO_CARD, 'LSVNV2182E2100001']);
    const [record] = stage.central.of(transactionRecord);
    assert.deepEqual([record?.txType, record?.vin, record?.physCard], [5, 'LSVNV2182E2100001', NO_CARD]);
  });

  it('tells why the central system refuses', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started();
    pile.plugIn(1);
    for (const [failReason, status] of [
      [1, 'Unknown'],
      [2, 'Blocked'],
      [3, 'NoCredit'],
      [5, 'Invalid'],
    ] as const) {
      stage.central.answer(0x31, () => ({ auth: 0, failReason }));
      assert.deepEqual(await pile.presentCard(1, 'A1'), { outcome: 'refused', status });
    }
    assert.deepEqual(stage.central.of(transactionRecord), []);
  });

  it('starts and stops by the app; the card in the order stops it, too', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started();
    pile.plugIn(1);
    await stage.time.settle();
    const first = order(stage);
    const sent = stage.central.next(remoteStartReply);
    stage.central.send(PILE, remoteStart, first);
    const answer = await sent;
    const { txSerial } = first;
    assert.deepEqual(answer.values, { txSerial, pileNo: PILE, gun: '01', result: 1, failReason: 0 });
    assert.equal(answer.sequence, '0000', 'the order was the first frame');
    await stage.time.advance(60_000);
    const again = await stage.central.ask(PILE, remoteStart, order(stage), remoteStartReply);
    assert.deepEqual([again.result, again.failReason], [0, 2]);
    const stopped = await stage.central.ask(PILE, remoteStop, { pileNo: PILE, gun: '01' }, remoteStopReply);
    assert.deepEqual(stopped, { pileNo: PILE, gun: '01', result: 1, failReason: 0 });
    await stage.time.settle();
    const late = await stage.central.ask(PILE, remoteStop, { pileNo: PILE, gun: '01' }, remoteStopReply);
    assert.deepEqual([late.result, late.failReason], [0, 2]);
    await stage.central.ask(PILE, remoteStart, order(stage), remoteStartReply);
    await stage.time.advance(60_000);
    assert.deepEqual(await pile.presentCard(1, 'D14B0A54'), { outcome: 'stopped' });
    await stage.time.settle();
    const records = stage.central.of(transactionRecord);
    assert.deepEqual(
      records.map(({ stopReason, txType }) => [stopReason, txType]),
      [
        [0x40, 1],
        [0x45, 1],
      ],
    );
    assert.equal(records[0]?.txSerial, txSerial);
  });

  it('answers an order twice when the cable comes late, and is silent when it comes too late', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started();
    const answer = await stage.central.ask(PILE, remoteStart, order(stage), remoteStartReply);
    assert.deepEqual([answer.result, answer.failReason], [0, 5]);
    await stage.time.advance(59_000);
    pile.plugIn(1);
    await stage.time.settle();
    assert.deepEqual(
      stage.central.of(remoteStartReply).map(({ result, failReason }) => [result, failReason]),
      [
        [0, 5],
        [1, 0],
      ],
    );
    assert.equal(pile.isCharging(1), true);
    pile.unplug(1);
    await stage.time.settle();
    await stage.central.ask(PILE, remoteStart, order(stage), remoteStartReply);
    await stage.time.advance(61_000);
    pile.plugIn(1);
    await stage.time.advance(60_000);
    assert.equal(stage.central.of(remoteStartReply).length, 3);
    assert.equal(pile.isCharging(1), false);
  });

  it('refuses orders for other piles, for guns that it does not have, and while broken', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started();
    const reasonOf = async (values: object) => {
      const request = { ...order(stage), ...values };
      return (await stage.central.ask(PILE, remoteStart, request, remoteStartReply)).failReason;
    };
    pile.plugIn(1);
    assert.equal(await reasonOf({ pileNo: '11111111111111' }), 1);
    assert.equal(await reasonOf({ gun: '07' }), 3);
    pile.fault(1, 'HighTemperature');
    assert.equal(await reasonOf({}), 3);
  });

  it('waits for the cable when the card comes first', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started();
    assert.deepEqual(await pile.presentCard(1, 'A1'), { outcome: 'waiting-for-cable' });
    assert.deepEqual(stage.central.of(startRequest), []);
    pile.plugIn(1);
    await stage.time.settle();
    assert.equal(pile.isCharging(1), true);
  });

  it('tells why a charge was cut short, and its defects', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started({}, { connectors: 2 });
    const chargeAnd = async (end: () => void) => {
      if (pile.connector(1).vehicle === undefined) pile.plugIn(1);
      await pile.presentCard(1, 'A1');
      await stage.time.advance(30_000);
      end();
      await stage.time.settle();
      const faults = stage.central
        .of(realtimeData)
        .filter(({ gun }) => gun === '01')
        .at(-1)?.faults;
      return [stage.central.of(transactionRecord).at(-1)?.stopReason, faults];
    };
    assert.deepEqual(await chargeAnd(() => pile.fault(1, 'EVCommunicationError')), [0x85, 0]);
    assert.equal(stage.central.of(bmsErrors).length, 1);
    pile.clearFault(1);
    assert.deepEqual(await chargeAnd(() => pile.fault(1, 'PowerMeterFailure')), [0x6d, 64]);
    pile.clearFault(1);
    assert.deepEqual(await chargeAnd(() => pile.fault(0, 'InternalError')), [0x72, 1]);
    assert.equal(stage.central.of(chargerAbort).at(-1)?.fault, '0001');
    const other = stage.central.of(realtimeData).filter(({ gun }) => gun === '02');
    assert.deepEqual([other.at(-1)?.status, other.at(-1)?.faults], [1, 1], 'the other gun as well');
    pile.clearFault(0);
    await stage.time.settle();
    assert.equal(
      stage.central
        .of(realtimeData)
        .filter(({ gun }) => gun === '02')
        .at(-1)?.status,
      2,
    );
    assert.deepEqual(await chargeAnd(() => pile.unplug(1)), [0x6b, 0]);
  });
});
