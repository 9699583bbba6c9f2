import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import fc from 'fast-check';
import type { InvoiceContent } from '../contract/invoices.ts';
import { creditOf } from '../settlement/charge-record.ts';
import { freezeContent } from './freeze-content.ts';
import { completeContent, type StoredContent } from './persistence/stored-content.ts';
import { reverseContent } from './reverse-content.ts';
import {
  type ChargedRecord,
  charged,
  euroTariff,
  HALF_HOUR_STORY,
  HALF_HOUR_TARIFF,
  STORY,
} from './testing/charged-records.ts';
import { CUSTOMER, ISSUER } from './testing/sample-records.ts';

const energy = (price: string, vat?: string) => ({ type: 'ENERGY', price, ...(vat === undefined ? {} : { vat }) });
const flat = (price: string, vat?: string) => ({ type: 'FLAT', price, ...(vat === undefined ? {} : { vat }) });

describe('what an invoice freezes', () => {
  function freeze(...charges: readonly ChargedRecord[]): InvoiceContent {
    const records = charges.map(({ record }) => record);
    const backgrounds = new Map(charges.map(({ record, background }) => [record.id, background]));
    const currency = records[0]?.currency ?? 'EUR';
    return freezeContent(records, currency, { issuer: ISSUER, customer: CUSTOMER }, backgrounds, new Map());
  }

  const credited = ({ record, background }: ChargedRecord): ChargedRecord => {
    const more = { id: uuidv7(), at: instant(0), reason: 'The meter was wrong' };
    return { record: { ...creditOf(record, more), creditedByCdrId: null }, background };
  };
  const ratesOf = ({ charges }: InvoiceContent) =>
    charges[0]?.lines.map(({ dimension, price, rates }) => [dimension, price, rates.join()]);

  describe('under 尖峰平谷', () => {
    it('names the rates of each line, also where several have one price', () => {
      const one = charged(HALF_HOUR_TARIFF, HALF_HOUR_STORY);
      const expected = [
        ['ENERGY', '0.3', 'valley'],
        ['SERVICE', '0.6', 'flat,valley'],
        ['ENERGY', '0.7', 'flat'],
        ['ENERGY', '1', 'peak'],
        ['SERVICE', '0.7', 'peak'],
        ['ENERGY', '1.2', 'sharp'],
        ['SERVICE', '0.8', 'sharp'],
      ];
      assert.deepEqual(ratesOf(freeze(one)), expected);
      // A record that takes it back has no periods of its own.
      assert.deepEqual(ratesOf(freeze(credited(one))), expected);
      assert.deepEqual(ratesOf(reverseContent(freeze(one), { number: '1', issuedAt: '' }, 'wrong')), expected);
    });

    it('names those that were used, not all that have the price', () => {
      const story = {
        ...HALF_HOUR_STORY,
        end: '2026-05-01T23:00:00Z',
        readings: [['2026-05-01T23:00:00Z', 1000]],
      } as const;
      assert.deepEqual(ratesOf(freeze(charged(HALF_HOUR_TARIFF, story))), [
        ['ENERGY', '0.3', 'valley'],
        ['SERVICE', '0.6', 'valley'],
      ]);
    });

    it('names none of a fee for standing', () => {
      const tariff = { ...HALF_HOUR_TARIFF, idle_fee: { price_per_hour: '6', grace_s: 0 } };
      const rates = ratesOf(freeze(charged(tariff, { ...HALF_HOUR_STORY, parkingFrom: '2026-05-02T03:30:00Z' })));
      assert.deepEqual(rates?.at(-1), ['PARKING_TIME', '6', '']);
    });
  });

  it('names no rates of other tariffs', () => {
    const rates = ratesOf(freeze(charged(euroTariff([energy('0.5', '19')]))));
    assert.deepEqual(rates, [['ENERGY', '0.5', '']]);
  });

  describe('of a least or a most', () => {
    const both = (excl_vat: string, incl_vat: string) => ({ excl_vat, incl_vat });
    const limitsOf = ({ charges }: InvoiceContent) =>
      charges.flatMap(({ lines }) =>
        lines.flatMap(({ limit, vatPercent }) => (limit === null ? [] : { ...limit, vatPercent })),
      );

    it('says which it was, what the tariff says, and the rate where all has one', () => {
      const least = charged(euroTariff([energy('0.5', '19')], { min_price: both('20', '23.8') }));
      const content = freeze(least);
      assert.deepEqual(content.vat, least.record.vat);
      assert.deepEqual(limitsOf(content), [{ kind: 'least', exclVat: '20', inclVat: '23.8', vatPercent: '19' }]);
      assert.deepEqual(content.vat, [
        { percent: '19', net: { amount: '20.00', currency: 'EUR' }, vat: { amount: '3.80', currency: 'EUR' } },
      ]);
      const most = charged(euroTariff([energy('0.5', '19')], { max_price: both('3', '3.57') }));
      assert.deepEqual(limitsOf(freeze(most)), [{ kind: 'most', exclVat: '3', inclVat: '3.57', vatPercent: '19' }]);
    });

    it('finds the rate of records that were made before it was looked for', () => {
      const { record, background } = charged(euroTariff([energy('0.5', '19')], { min_price: both('20', '23.8') }));
      const euro = (amount: string) => ({ amount, currency: 'EUR' });
      const old: ChargedRecord = {
        record: {
          ...record,
          lines: record.lines.map((line) => (line.periods.length === 0 ? { ...line, vatPercent: null } : line)),
          vat: [
            { percent: '19', net: euro('10.00'), vat: euro('1.90') },
            { percent: null, net: euro('10.00'), vat: euro('1.90') },
          ],
        },
        background,
      };
      assert.deepEqual(freeze(old), freeze({ record, background }));
      assert.deepEqual(freeze(credited(old)).vat, freeze(credited({ record, background })).vat);
    });

    it('says the VAT by rate that the record says', () => {
      const percent = fc.constantFrom(undefined, '0', '7', '19');
      const amount = fc.integer({ min: 0, max: 3000 }).map((cents) => (cents / 100).toFixed(2));
      const limit = fc
        .tuple(amount, fc.constantFrom('0', '7', '19'), fc.integer({ min: -2, max: 2 }))
        .map(([net, rate, off]) => {
          const gross = Math.round(Number(net) * (100 + Number(rate))) + off;
          return both(net, (Math.max(gross, 0) / 100).toFixed(2));
        });
      const limits = fc.oneof(
        limit.map((min_price) => ({ min_price })),
        limit.map((max_price) => ({ max_price })),
      );
      fc.assert(
        fc.property(percent, percent, amount, limits, (one, other, start, more) => {
          const prices = [energy('0.5', one), flat(start, other)];
          const made = charged(euroTariff(prices, more));
          for (const each of [made, credited(made)]) {
            const byRate = (rows: InvoiceContent['vat']) =>
              new Map(rows.map(({ percent, ...sums }) => [percent, sums]));
            assert.deepEqual(byRate(freeze(each).vat), byRate(each.record.vat));
          }
        }),
        { numRuns: 300 },
      );
    });

    it('says the same when it is taken back', () => {
      const most = charged(euroTariff([energy('0.5', '19')], { max_price: both('3', '3.57') }));
      const expected = [{ kind: 'most', exclVat: '3', inclVat: '3.57', vatPercent: '19' }];
      assert.deepEqual(limitsOf(freeze(credited(most))), expected);
      assert.deepEqual(limitsOf(reverseContent(freeze(most), { number: '1', issuedAt: '' }, 'wrong')), expected);
    });

    it('leaves its VAT alone where rates are several, something has none, or the tariff says another VAT', () => {
      for (const tariff of [
        euroTariff([energy('0.5', '19'), flat('1', '7')], { min_price: both('20', '23.8') }),
        euroTariff([energy('0.5', '19'), flat('1')], { min_price: both('20', '23.8') }),
        euroTariff([energy('0.5', '19')], { min_price: both('20', '23') }),
      ]) {
        const one = charged(tariff);
        const content = freeze(one);
        assert.deepEqual(new Set(content.vat), new Set(one.record.vat));
        assert.deepEqual(
          limitsOf(content).map(({ kind, vatPercent }) => [kind, vatPercent]),
          [['least', null]],
        );
      }
    });

    it('has one amount where prices hold their tax', () => {
      const limits = { tax_included: 'YES', min_price: both('20', '23.8') };
      const content = freeze(charged(euroTariff([energy('0.5', '19')], limits)));
      assert.deepEqual(limitsOf(content), [{ kind: 'least', exclVat: null, inclVat: '23.8', vatPercent: null }]);
    });

    it('knows of old invoices which of the two it was, and no more', () => {
      const least = freeze(charged(euroTariff([energy('0.5', '19')], { min_price: both('20', '23.8') })));
      const most = freeze(charged(euroTariff([energy('0.5', '19')], { max_price: both('3', '3.57') }), STORY));
      const old = (content: InvoiceContent): StoredContent => ({
        ...content,
        charges: content.charges.map(({ site: _, ...charge }) => ({
          ...charge,
          lines: charge.lines.map(({ limit: _limit, rates: _rates, ...line }) => line),
        })),
      });
      const kinds = (content: InvoiceContent) => limitsOf(completeContent(old(content))).map(({ kind }) => kind);
      assert.deepEqual([kinds(least), kinds(most)], [['least'], ['most']]);
      assert.deepEqual(kinds(reverseContent(least, { number: '1', issuedAt: '' }, 'wrong')), ['least']);
      assert.deepEqual(completeContent(old(least)).charges[0]?.site, null);
      assert.deepEqual(completeContent(least), least);
    });
  });
});
