import assert from 'node:assert/strict';
import {
  cardsClear,
  cardsClearReply,
  cardsQuery,
  cardsQueryReply,
  cardsSync,
  cardsSyncReply,
} from '@voltpile/ykc/messages/offline-cards';
import { recordConfirmation, transactionRecord } from '@voltpile/ykc/messages/record';
import { tariffCheck } from '@voltpile/ykc/messages/tariff';
import { SILENT } from '../testing/pile-central-system.ts';
import { PILE, PileStage } from '../testing/pile-stage.ts';
import { NO_CARD } from './card-number.ts';

const CARD = '00000000d14b0a54';

/** Ends the charge at gun 1. */
async function end(stage: PileStage, pile: { unplug(gun: number): void }): Promise<void> {
  pile.unplug(1);
  await stage.time.settle();
}

describe('simulated pile: records', () => {
  it('are repeated every 30 s until they are confirmed', async () => {
    await using stage = await PileStage.open();
    stage.central.answer(0x3b, () => SILENT);
    const pile = await stage.charging();
    await stage.time.advance(60_000);
    await end(stage, pile);
    await stage.time.advance(95_000);
    const sent = stage.central.framesOf(transactionRecord);
    assert.deepEqual(
      sent.map(({ at }) => at - (sent[0]?.at ?? 0)),
      [0, 30_000, 60_000, 90_000],
    );
    for (const { values } of sent) assert.deepEqual(values, sent[0]?.values);
    assert.equal(pile.queue.length, 1);
    assert.deepEqual(pile.ledger.records, []);
    stage.central.answer(0x3b, undefined);
    await stage.time.advance(30_000);
    assert.equal(pile.queue.length, 0);
    assert.equal(pile.ledger.records.length, 1);
    await stage.time.advance(120_000);
    assert.equal(stage.central.of(transactionRecord).length, 5);
  });

  it('survive a power cut, and are told after the login and before the tariff', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.charging();
    await stage.time.advance(600_000);
    pile.powerOff();
    await stage.time.advance(300_000);
    assert.deepEqual(stage.central.of(transactionRecord), []);
    const before = stage.central.frames.length;
    await pile.powerOn();
    await stage.time.settle();
    const codes = stage.central.frames.slice(before).map(({ code }) => code);
    assert.equal(codes[0], 0x01);
    assert.ok(codes.indexOf(0x3b) > 0 && codes.indexOf(0x3b) < codes.indexOf(0x05));
    assert.deepEqual(
      stage.central.of(tariffCheck).map(({ modelNo }) => modelNo),
      ['0100'],
    );
    const [record] = pile.ledger.records;
    assert.equal(record?.stopReason, 0x83);
    assert.equal(record?.endedAt, (record?.startedAt ?? 0) + 600_000);
    assert.equal(pile.queue.length, 0);
  });

  it('go on across power cuts when nobody confirms them', async () => {
    await using stage = await PileStage.open();
    stage.central.answer(0x3b, () => SILENT);
    const pile = await stage.charging();
    await end(stage, pile);
    pile.powerOff({ silent: false });
    await pile.powerOn();
    await stage.time.settle();
    pile.powerOff();
    stage.central.answer(0x3b, undefined);
    await pile.powerOn();
    await stage.time.settle();
    assert.equal(pile.ledger.records.length, 1);
    assert.equal(new Set(stage.central.of(transactionRecord).map(({ txSerial }) => txSerial)).size, 1);
  });

  it('go on to be kept when the confirmation is lost with the connection', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.charging();
    pile.faults.spoilCall({ action: '0x3B', fault: { kind: 'drop-before-answer' } });
    await end(stage, pile);
    await stage.time.advance(10_000);
    assert.equal(stage.central.of(transactionRecord).length, 2);
    assert.equal(pile.ledger.records.length, 1);
  });

  it('that are called illegal are given up', async () => {
    await using stage = await PileStage.open();
    stage.central.answer(0x3b, () => ({ result: 1 }));
    const pile = await stage.charging();
    await end(stage, pile);
    assert.equal(pile.queue.length, 0);
    assert.deepEqual(pile.ledger.records, []);
    assert.equal(pile.ledger.refused.length, 1);
  });

  it('take a confirmation that nobody waits for', async () => {
    await using stage = await PileStage.open();
    stage.central.answer(0x3b, () => SILENT);
    const pile = await stage.charging({ quirks: { recordRepeats: 1 } });
    await end(stage, pile);
    await stage.time.advance(120_000);
    assert.equal(stage.central.of(transactionRecord).length, 2, 'it has given up');
    const [record] = stage.central.of(transactionRecord);
    stage.central.send(PILE, recordConfirmation, { txSerial: record?.txSerial ?? '', result: 0 });
    await pile.waitFor('flushed');
    assert.equal(pile.ledger.records.length, 1);
  });
});

describe('simulated pile: offline', () => {
  it('keeps cards that may start offline', async () => {
    await using stage = await PileStage.open();
    await stage.started({ maxOfflineCards: 2 });
    const store = (...cards: string[]) =>
      stage.central.ask(
        PILE,
        cardsSync,
        { pileNo: PILE, cards: cards.map((card) => `${NO_CARD}${card}`) },
        cardsSyncReply,
      );
    assert.deepEqual(await store(CARD), { pileNo: PILE, saved: 1, failReason: 0 });
    assert.deepEqual(await store(NO_CARD), { pileNo: PILE, saved: 0, failReason: 1 });
    assert.deepEqual(await store('00000000000000a1', '00000000000000a2'), { pileNo: PILE, saved: 0, failReason: 2 });
    const query = { pileNo: PILE, cards: [CARD, '00000000000000a1'] };
    const there = await stage.central.ask(PILE, cardsQuery, query, cardsQueryReply);
    assert.deepEqual(there.items, [`${CARD}01`, '00000000000000a100']);
    const cleared = await stage.central.ask(PILE, cardsClear, { pileNo: PILE, cards: [CARD] }, cardsClearReply);
    assert.deepEqual(cleared.items, [`${CARD}0100`]);
    assert.deepEqual((await stage.central.ask(PILE, cardsQuery, query, cardsQueryReply)).items[0], `${CARD}00`);
  });

  it('charges by a stored card under a serial of its own, and tells it later', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started();
    const cards = [`0000001000000573${CARD}`];
    await stage.central.ask(PILE, cardsSync, { pileNo: PILE, cards }, cardsSyncReply);
    pile.goOffline();
    pile.plugIn(1);
    assert.deepEqual(await pile.presentCard(1, 'FFFF'), { outcome: 'refused', status: 'Unknown' });
    for (const _ of [1, 2]) {
      assert.deepEqual(await pile.presentCard(1, 'D14B0A54'), { outcome: 'started' });
      await stage.time.advance(600_000);
      assert.deepEqual(await pile.presentCard(1, 'D14B0A54'), { outcome: 'stopped' });
    }
    assert.equal(pile.queue.length, 2);
    await pile.goOnline();
    await stage.time.settle();
    const records = stage.central.of(transactionRecord);
    assert.deepEqual(
      records.map(({ txSerial, txType, physCard }) => [txSerial, txType, physCard]),
      [
        [`${PILE}012503101600000001`, 4, CARD],
        [`${PILE}012503101610000002`, 4, CARD],
      ],
    );
    assert.deepEqual([pile.ledger.totals.starts, pile.ledger.totals.stops], [2, 2]);
  });

  it('goes on with a charge while the network is away', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.charging();
    await stage.time.advance(60_000);
    pile.goOffline();
    await stage.time.advance(600_000);
    assert.equal(pile.isCharging(1), true);
    await pile.goOnline();
    await stage.time.settle();
    const after = stage.central.frames
      .filter(({ connection }) => connection === 2)
      .map(({ code, values }) => [code, values.status]);
    assert.ok(
      after.some(([code, status]) => code === 0x13 && status === 3),
      'it tells that it charges',
    );
    pile.goOffline();
    await stage.time.advance(60_000);
    await end(stage, pile);
    assert.equal(pile.queue.length, 1);
    await pile.goOnline();
    await stage.time.settle();
    assert.equal(pile.ledger.records.length, 1);
    assert.equal(pile.ledger.records[0]?.endedAt, pile.ledger.records[0]?.confirmedAt);
  });
});
