import assert from 'node:assert/strict';
import { decodeBody, encodeBody } from '@voltpile/ykc/messages/body';
import { tariffModel } from '@voltpile/ykc/messages/tariff';
import { badTariff, FREE_OF_CHARGE, readTariffModel, toTariffBody } from './tariff-model.ts';

const rate = (electricity: string, service: string) => ({ electricity, service });
const TARIFF = {
  sharp: rate('1.2', '0.4'),
  peak: rate('1.00001', '0.4'),
  flat: rate('0.75', '0.4'),
  valley: rate('0', '0.00000'),
  slots: `${'3'.repeat(16)}${'2'.repeat(8)}${'1'.repeat(8)}${'0'.repeat(8)}${'2'.repeat(8)}`,
};

describe('the tariff of piles', () => {
  it('is read to the hundred thousandth of a yuan', () => {
    const { prices, slots } = readTariffModel(TARIFF);
    assert.deepEqual(prices, {
      sharp: { electricity: 120_000, service: 40_000 },
      peak: { electricity: 100_001, service: 40_000 },
      flat: { electricity: 75_000, service: 40_000 },
      valley: { electricity: 0, service: 0 },
    });
    assert.equal(slots.length, 48);
    assert.deepEqual([slots[0], slots[16], slots[24], slots[32], slots[40]], [3, 2, 1, 0, 2]);
  });

  it('has a number of four digits that changes with what it says, and is never 0000', () => {
    const one = readTariffModel(TARIFF);
    assert.match(one.modelNo, /^\d{4}$/);
    assert.equal(readTariffModel(structuredClone(TARIFF)).modelNo, one.modelNo);
    const numbers = Array.from({ length: 300 }, (_, cents) => {
      return readTariffModel({ ...TARIFF, sharp: rate(`1.${String(cents).padStart(5, '0')}`, '0.4') }).modelNo;
    });
    assert.ok(new Set(numbers).size > 270);
    assert.ok(!numbers.includes('0000'));
    assert.notEqual(readTariffModel({ ...TARIFF, slots: '2'.repeat(48) }).modelNo, one.modelNo);
  });

  it('fits the frame, price by price', () => {
    const model = readTariffModel(TARIFF);
    const body = encodeBody(tariffModel, toTariffBody('32010600019236', model));
    assert.equal(body.length, 90);
    const { values } = decodeBody(tariffModel, body);
    assert.deepEqual(
      [values.sharpElec, values.sharpService, values.peakElec, values.flatElec, values.valleyElec, values.lossRatio],
      [120_000, 40_000, 100_001, 75_000, 0, 0],
    );
    assert.deepEqual([values.modelNo, values.slots], [model.modelNo, model.slots]);
  });

  it('is free of charge where nobody has set one', () => {
    const { prices, slots, modelNo } = FREE_OF_CHARGE;
    assert.ok(Object.values(prices).every(({ electricity, service }) => electricity === 0 && service === 0));
    assert.deepEqual(new Set(slots), new Set([2]));
    assert.notEqual(modelNo, '0000');
  });

  it('names what is wrong with it', () => {
    const cases: [tariff: unknown, problem: RegExp][] = [
      [{ ...TARIFF, sharp: rate('1.234567', '0') }, /sharp\.electricity must be yuan per kWh/],
      [{ ...TARIFF, flat: rate('1', '-0.1') }, /flat\.service must be yuan per kWh/],
      [{ ...TARIFF, peak: { electricity: 1.2, service: '0' } }, /peak\.electricity/],
      [{ ...TARIFF, peak: { electricity: '1' } }, /peak\.service/],
      [{ ...TARIFF, slots: '2'.repeat(47) }, /slots must be 48 digits/],
      [{ ...TARIFF, slots: '4'.repeat(48) }, /slots must be 48 digits/],
      [{ ...TARIFF, parking: '1' }, /parking/],
      [null, /expected/],
    ];
    for (const [tariff, problem] of cases) {
      assert.throws(
        () => readTariffModel(tariff),
        (error: Error) => badTariff.is(error) && problem.test(error.message),
        JSON.stringify(tariff),
      );
    }
  });
});
