import assert from 'node:assert/strict';
import { balanceUpdate, balanceUpdateReply } from '@voltpile/ykc/messages/balance';
import { transactionRecord } from '@voltpile/ykc/messages/record';
import { remoteStart, remoteStartReply } from '@voltpile/ykc/messages/start';
import fc from 'fast-check';
import { PILE, PileStage } from '../testing/pile-stage.ts';
import { Bill } from './bill.ts';
import { NO_CARD } from './card-number.ts';
import { noQuirks } from './pile-options.ts';
import { RATES, type Rate, type TariffModel } from './tariff.ts';

const HOUR_MS = 3_600_000;
/** Takes what the pile gives, without a ramp and for days. */
const STEADY_CAR = { batteryWh: 10_000_000, socPercent: 1, powerCurve: () => 10_000 };

const MODEL: TariffModel = {
  modelNo: '0100',
  prices: [150_000, 120_000, 100_000, 70_001],
  lossPercent: 0,
  slots: Array(48).fill(0),
};

describe('simulated pile: bills', () => {
  it('splits the energy by the half hours of the tariff, exactly', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started();
    pile.plugIn(1, STEADY_CAR);
    await pile.presentCard(1, 'A1');
    // From 16:00 to 23:15 on the wall: flat to 18:00, peak to 20:00, sharp to 22:00, then valley.
    await stage.time.advance(7.25 * HOUR_MS);
    pile.unplug(1);
    await stage.time.settle();
    const [record] = stage.central.of(transactionRecord);
    assert.deepEqual(
      [record?.flatEnergy, record?.peakEnergy, record?.sharpEnergy, record?.valleyEnergy],
      [200_000, 200_000, 200_000, 125_000],
    );
    assert.deepEqual(
      [record?.flatAmount, record?.peakAmount, record?.sharpAmount, record?.valleyAmount],
      [200_000, 240_000, 300_000, 87_500],
    );
    assert.deepEqual(
      [record?.sharpPrice, record?.peakPrice, record?.flatPrice, record?.valleyPrice],
      [150_000, 120_000, 100_000, 70_000],
    );
    assert.deepEqual([record?.totalEnergy, record?.amount], [725_000, 827_500]);
    assert.deepEqual([record?.meterStart, record?.meterEnd], [10_000_000, 10_725_000]);
    assert.deepEqual(stage.central.violations, []);
  });

  it('adds the loss of the tariff', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started({ quirks: { lossPercent: 5 } });
    pile.plugIn(1, STEADY_CAR);
    await pile.presentCard(1, 'A1');
    await stage.time.advance(HOUR_MS);
    pile.unplug(1);
    await stage.time.settle();
    const [record] = stage.central.of(transactionRecord);
    assert.deepEqual([record?.totalEnergy, record?.totalLossEnergy, record?.amount], [100_000, 105_000, 105_000]);
  });

  it('stops when the amount comes to the balance, also when that was raised on the way', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started();
    pile.plugIn(1, STEADY_CAR);
    stage.central.balance = 150;
    await pile.presentCard(1, 'A1');
    await stage.time.advance(300_000);
    const topUp = { pileNo: PILE, gun: '01', physCard: NO_CARD, balance: 250 };
    assert.equal((await stage.central.ask(PILE, balanceUpdate, topUp, balanceUpdateReply)).result, 0);
    const stranger = { ...topUp, physCard: '00000000000000ff' };
    assert.equal((await stage.central.ask(PILE, balanceUpdate, stranger, balanceUpdateReply)).result, 2);
    await stage.time.advance(HOUR_MS);
    const [record] = stage.central.of(transactionRecord);
    assert.deepEqual([record?.amount, record?.stopReason], [25_000, 0x6e]);
    assert.equal(pile.isCharging(1), false);
  });

  it('stops across a change of the price: flat for an hour, then peak', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started();
    await stage.time.advance(HOUR_MS);
    pile.plugIn(1, STEADY_CAR);
    await stage.time.settle();
    const txSerial = stage.central.nextSerial(PILE);
    const order = { txSerial, pileNo: PILE, gun: '01', logicCard: NO_CARD, physCard: NO_CARD, balance: 1_600 };
    await stage.central.ask(PILE, remoteStart, order, remoteStartReply);
    await stage.time.advance(3 * HOUR_MS);
    const [record] = stage.central.of(transactionRecord);
    assert.deepEqual(
      [record?.flatAmount, record?.peakAmount, record?.amount, record?.stopReason],
      [100_000, 60_000, 160_000, 0x43],
    );
  });

  it('fails to start without money, and tells that in a record without energy', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started();
    pile.plugIn(1);
    stage.central.balance = 0;
    assert.equal((await pile.presentCard(1, 'A1')).outcome, 'refused');
    await stage.time.settle();
    const [record] = stage.central.of(transactionRecord);
    assert.deepEqual([record?.stopReason, record?.totalEnergy, record?.amount], [0x4e, 0, 0]);
    assert.deepEqual(record?.start, record?.end);
    assert.equal(record?.meterStart, record?.meterEnd);
  });

  it('are exact for every split: shares add up, and no energy is lost', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom(...RATES), fc.nat(1_000_000)), { maxLength: 30 });
    fc.assert(
      fc.property(steps, fc.nat(1_000_000_000), (counts, start) => {
        const bill = new Bill(MODEL, noQuirks(), start);
        let register = start;
        for (const [rate, energy] of counts) {
          register += energy;
          bill.count(rate as Rate, register);
        }
        const { shares, energy, amount } = bill.totals();
        assert.equal(energy, register - start);
        for (const share of shares) {
          const exact = BigInt(share.price) * BigInt(share.lossEnergy);
          const off = exact - BigInt(share.amount) * 100_000n;
          assert.ok(off < 50_000n && off >= -50_000n, 'rounded once, half up');
        }
        assert.equal(
          amount,
          shares.reduce((total, share) => total + share.amount, 0),
        );
      }),
    );
  });

  it('know exactly what more may flow until a limit', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...RATES),
        fc.nat(50_000),
        fc.integer({ min: 1, max: 10_000_000 }),
        (rate, before, limit) => {
          const billOf = (energy: number) => {
            const bill = new Bill(MODEL, noQuirks(), 0);
            bill.count(2, before);
            bill.count(rate, before + energy);
            return bill;
          };
          const more = billOf(0).energyUntil(limit, rate);
          assert.ok(more !== undefined);
          assert.ok(billOf(more).totals().amount >= limit);
          if (more > 0) assert.ok(billOf(more - 1).totals().amount < limit);
        },
      ),
    );
    const free = new Bill({ ...MODEL, prices: [0, 0, 0, 0] }, noQuirks(), 0);
    assert.equal(free.energyUntil(1, 0), undefined);
  });
});
