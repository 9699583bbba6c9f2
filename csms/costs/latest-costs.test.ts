import assert from 'node:assert/strict';
import { LatestCosts } from './latest-costs.ts';

describe('the latest costs', () => {
  it('are those of the charges that were told of last', () => {
    const costs = new LatestCosts(2);
    const cost = (amount: string) => ({ amount, currency: 'EUR' });
    const told = (amount: string, asOf: number, isFinal = false) => ({ cost: cost(amount), asOf, isFinal });
    costs.set('a', told('1', 1));
    costs.set('b', told('2', 1));
    costs.set('a', told('3', 2));
    costs.set('c', told('4', 1));
    assert.deepEqual([costs.get('a'), costs.get('b'), costs.get('c')], [cost('3'), undefined, cost('4')]);
    costs.set('a', told('2', 1));
    assert.deepEqual(costs.get('a'), cost('3'));
    costs.set('a', told('5', 1, true));
    costs.set('a', told('6', 9));
    assert.deepEqual(costs.get('a'), cost('5'));
  });
});
