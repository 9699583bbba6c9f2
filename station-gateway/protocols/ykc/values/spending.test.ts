import assert from 'node:assert/strict';
import { spendingFen } from './spending.ts';

const CAP = 100_000;
const yuan = (amount: string) => spendingFen({ amount, currency: 'CNY' }, CAP);

describe('what a pile may spend', () => {
  it('is the limit, to the hundredth of a yuan, rounded down', () => {
    assert.equal(yuan('12.34'), 1234);
    assert.equal(yuan('12.349'), 1234);
    assert.equal(yuan('12.3'), 1230);
    assert.equal(yuan('12.'), 1200);
    assert.equal(yuan('12'), 1200);
    assert.equal(yuan('0.009'), 0);
    assert.equal(yuan('2000'), 200_000);
  });

  it('is the cap when nobody has set a limit, or one in other money', () => {
    assert.equal(spendingFen(undefined, CAP), CAP);
    assert.equal(spendingFen({ amount: '5.00', currency: 'EUR' }, CAP), CAP);
  });

  it('is as much as the frame can carry, and nothing when there is no telling', () => {
    assert.equal(yuan('42949672.96'), 0xffff_ffff);
    assert.equal(yuan('100000000'), 0xffff_ffff);
    assert.equal(yuan('9'.repeat(400)), 0xffff_ffff);
    for (const odd of ['', '-5', '1e3', 'much', '1,5']) assert.equal(yuan(odd), 0, odd);
  });
});
