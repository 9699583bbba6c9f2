import assert from 'node:assert/strict';
import { login } from '@voltpile/ykc/messages/login';
import { readRealtimeData, realtimeData } from '@voltpile/ykc/messages/realtime-data';
import { transactionRecord } from '@voltpile/ykc/messages/record';
import { PileStage } from '../testing/pile-stage.ts';
import { Concentrator } from './concentrator.ts';
import type { SimulatedPile } from './pile.ts';

const NUMBERS = ['32010600000001', '32010600000002', '32010600000003'] as const;

/** Three piles on one line. */
async function three(stage: PileStage): Promise<[SimulatedPile, SimulatedPile, SimulatedPile]> {
  const concentrator = new Concentrator(stage.central.url);
  const piles = NUMBERS.map((identity) => stage.pile({ concentrator }, { identity }));
  await Promise.all(piles.map((pile) => pile.start()));
  await stage.time.settle();
  return piles as [SimulatedPile, SimulatedPile, SimulatedPile];
}

describe('simulated piles on one connection', () => {
  it('log in one by one, and charge independently', async () => {
    await using stage = await PileStage.open();
    const piles = await three(stage);
    assert.equal(stage.central.connectionCount, 1);
    assert.deepEqual(
      stage.central
        .of(login)
        .map(({ pileNo }) => pileNo)
        .sort(),
      [...NUMBERS],
    );
    for (const pile of piles) {
      pile.plugIn(1);
      assert.deepEqual(await pile.presentCard(1, 'A1'), { outcome: 'started' });
    }
    await stage.time.advance(60_000);
    for (const pile of piles) pile.unplug(1);
    await stage.time.settle();
    assert.deepEqual(
      piles.map(({ ledger }) => ledger.records.length),
      [1, 1, 1],
    );
    assert.deepEqual(new Set(stage.central.frames.map(({ connection }) => connection)), new Set([1]));
    assert.deepEqual(stage.central.violations, []);
  });

  it('are all cut when it is cut, and come back over a new one', async () => {
    await using stage = await PileStage.open();
    const piles = await three(stage);
    let disconnected = 0;
    for (const pile of piles) pile.on('disconnected', () => disconnected++);
    piles[0].dropConnection();
    assert.equal(disconnected, 3);
    await stage.time.advance(60_000);
    assert.equal(stage.central.connectionCount, 1);
    assert.equal(stage.central.of(login).length, 6);
    assert.ok(piles.every(({ canSpeak }) => canSpeak));
    stage.central.cut();
    await Promise.all(piles.map((pile) => pile.waitFor('disconnected')));
    await stage.time.advance(60_000);
    assert.ok(piles.every(({ canSpeak }) => canSpeak));
    assert.deepEqual(stage.central.violations, []);
  });

  it('lose one by a power cut, and the others stay', async () => {
    await using stage = await PileStage.open();
    const [first, second] = await three(stage);
    first.plugIn(1);
    await first.presentCard(1, 'A1');
    first.powerOff();
    await stage.time.advance(60_000);
    assert.equal(second.canSpeak, true);
    assert.deepEqual(stage.central.of(transactionRecord), []);
    await first.powerOn();
    await stage.time.settle();
    assert.equal(stage.central.of(transactionRecord).length, 1);
    assert.equal(stage.central.connectionCount, 1);
    assert.equal(stage.central.framesOf(login).at(-1)?.connection, 1);
  });

  it('get the frames that name them', async () => {
    await using stage = await PileStage.open();
    const [first] = await three(stage);
    const read = { pileNo: NUMBERS[1], gun: '01' };
    const answer = await stage.central.ask(NUMBERS[0], readRealtimeData, read, realtimeData);
    assert.equal(answer.pileNo, NUMBERS[1]);
    // Somebody has to complain: the first on the line does.
    const complaint = first.waitFor('violation');
    stage.central.send(NUMBERS[0], readRealtimeData, { pileNo: '99999999999999', gun: '01' });
    assert.match((await complaint).what, /0x12 for 99999999999999, which is not on this line/);
  });

  it('close the line with the last of them', async () => {
    await using stage = await PileStage.open();
    const piles = await three(stage);
    await piles[0].stop();
    await piles[1].stop();
    assert.equal(stage.central.connectionCount, 1);
    await piles[2].stop();
    await stage.time.settle();
    assert.equal(stage.central.connectionCount, 0);
  });
});
