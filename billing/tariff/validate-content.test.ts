import assert from 'node:assert/strict';
import { validateContent } from './validate-content.ts';

const rate = { electricity: '1', service: '0.4' };

describe('what is to say about a tariff', () => {
  it('in either form', () => {
    const rates = { currency: 'CNY', rates: { sharp: rate, flat: rate }, slots: '02'.repeat(24) };
    assert.deepEqual(validateContent(rates), []);
    const kinds = (json: unknown) => validateContent(json).map(({ level, path }) => [level, path]);
    assert.deepEqual(kinds({ ...rates, slots: '0' }), [['mistake', 'slots']]);
    const ocpi = { currency: 'EUR', elements: [{ price_components: [{ type: 'ENERGY', price: '1', step_size: 1 }] }] };
    assert.deepEqual(kinds(ocpi), []);
    assert.deepEqual(kinds({ ...ocpi, elements: [] }), [['mistake', 'elements']]);
    assert.deepEqual(kinds(null), [['mistake', '']]);
  });
});
