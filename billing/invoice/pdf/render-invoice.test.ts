import assert from 'node:assert/strict';
import PDFDocument from 'pdfkit';
import type { CdrView } from '../../contract/cdr.ts';
import { freezeContent } from '../freeze-content.ts';
import { reverseContent } from '../reverse-content.ts';
import {
  type ChargedRecord,
  charged,
  euroTariff,
  HALF_HOUR_STORY,
  HALF_HOUR_TARIFF,
  STORY,
} from '../testing/charged-records.ts';
import { findOverlaps, readPdf } from '../testing/read-pdf.ts';
import {
  CHINESE_CUSTOMER,
  CHINESE_ISSUER,
  CUSTOMER,
  creditOf,
  euroRecord,
  ISSUER,
  yuanRecord,
} from '../testing/sample-records.ts';
import { PdfRenderer } from './pdf-renderer.ts';
import { type Printable, renderInvoice } from './render-invoice.ts';

const facts = {
  kind: 'invoice',
  number: '2026-000042',
  issuedAt: '2026-06-01T07:00:00.000Z',
  periodFrom: '2026-04-30T22:00:00.000Z',
  periodTo: '2026-05-31T22:00:00.000Z',
} as const;

function english(records: readonly CdrView[], change: Partial<typeof ISSUER> = {}): Printable {
  const parties = { issuer: { ...ISSUER, ...change }, customer: CUSTOMER };
  return {
    ...facts,
    currency: 'EUR',
    language: 'en',
    content: freezeContent(records, 'EUR', parties, new Map(), new Map()),
  };
}

function chinese(records: readonly CdrView[]): Printable {
  const parties = { issuer: CHINESE_ISSUER, customer: CHINESE_CUSTOMER };
  return {
    ...facts,
    currency: 'CNY',
    language: 'zh',
    content: freezeContent(records, 'CNY', parties, new Map(), new Map()),
  };
}

/** Of records that tariffs have made, with what these go back to. */
function printed(language: 'en' | 'zh', ...charges: readonly ChargedRecord[]): Printable {
  const parties = { issuer: ISSUER, customer: CUSTOMER };
  const records = charges.map(({ record }) => record);
  const backgrounds = new Map(charges.map(({ record, background }) => [record.id, background]));
  const currency = records[0]?.currency ?? 'EUR';
  return { ...facts, currency, language, content: freezeContent(records, currency, parties, backgrounds, new Map()) };
}

describe('printed invoices', () => {
  // Fonts are read when they are needed first.
  before(() => renderInvoice(chinese([yuanRecord()])));

  const has = (text: string, parts: readonly string[]) => {
    for (const part of parts) assert.ok(text.includes(part), `no ${part} in: ${text}`);
  };

  it('say in English who owes what to whom, and why', async () => {
    const [page = '', ...more] = await readPdf(await renderInvoice(english([euroRecord()])));
    assert.deepEqual(more, []);
    has(page, ['Invoice', '2026-000042', '2026-06-01', '2026-05-01 – 2026-05-31', 'EUR', 'Page 1 of 1']);
    has(page, [ISSUER.name, 'Hauptstraße 1', 'Tax ID: DE123456789', ISSUER.note ?? '']);
    has(page, ['Łódź Fleet Sp. z o.o.', '90-001 Łódź', 'Tax ID: PL1234567890']);
    // In the zone of the site.
    has(page, ['1. CP-0001 · EVSE 1', '2026-05-01 10:03:12 – 12:15:40 (+02:00)', '20.450 kWh', 'Card: …D5E6F7']);
    has(page, ['Parkhaus am Markt, Marktplatz 3, 12345 Musterstadt, DEU']);
    has(page, ['Session fee 1 session 0.50 19 % 0.50', 'Energy 20.45 kWh 0.39/kWh 19 % 7.98']);
    has(page, ['Time after charging 44 min 40 s 2.00/h 19 % 1.49']);
    has(page, ['19 % 9.97 1.89', 'Total without VAT 9.97', 'VAT 1.89', 'Total EUR 11.86']);
  });

  it('tell in Chinese electricity and service apart', async () => {
    const [page = ''] = await readPdf(await renderInvoice(chinese([yuanRecord(), yuanRecord()])));
    has(page, ['充电账单', '账单编号', '第 1 页，共 1 页', CHINESE_ISSUER.name, '䶮鑫物流（江苏）有限公司']);
    has(page, ['纳税人识别号: 91320105MA1XXXXX0Q', '纳税人识别号: 91320115MA2YYYYY1R', '尖峰平谷（南京）']);
    has(page, ['32010600019236 · 枪号 2', '16:03:12 – 18:15:40 (+08:00)', '30.1254 kWh']);
    has(page, ['电费 12.1254 kWh 1.1023/kWh 13.37', '电费 18 kWh 0.395/kWh 7.11', '服务费 30.1254 kWh 0.50/kWh 15.06']);
    has(page, ['金额合计 71.08', '价税合计 CNY 71.08', '其中：电费 40.96', '其中：服务费 30.12', '单价已含税']);
  });

  const energy = (price: string, vat?: string) => ({ type: 'ENERGY', price, ...(vat === undefined ? {} : { vat }) });
  const flat = (price: string, vat?: string) => ({ type: 'FLAT', price, ...(vat === undefined ? {} : { vat }) });
  const both = (excl_vat: string, incl_vat: string) => ({ excl_vat, incl_vat });

  it('name the least or the most of a tariff that was applied, with its VAT', async () => {
    const least = charged(euroTariff([energy('0.5', '19')], { min_price: both('15', '17.85') }));
    const most = charged(euroTariff([energy('0.5', '19')], { max_price: both('3', '3.57') }));
    const [page = ''] = await readPdf(await renderInvoice(printed('en', least, most)));
    has(page, ['Minimum price 15.00 (17.85 with VAT) applied 19 % 5.00', '19 % 18.00 3.42']);
    has(page, ['Maximum price 3.00 (3.57 with VAT) applied 19 % -7.00', 'Total without VAT 18.00', 'Total EUR 21.42']);
    const [chinesePage = ''] = await readPdf(await renderInvoice(printed('zh', least, most)));
    has(chinesePage, ['补足至最低收费 15.00（含税 17.85） 19 % 5.00', '减免至最高收费 3.00（含税 3.57） 19 % -7.00']);
    const gross = charged(euroTariff([energy('0.5')], { tax_included: 'YES', min_price: { incl_vat: '15' } }));
    has((await readPdf(await renderInvoice(printed('en', gross))))[0] ?? '', ['Minimum price 15.00 applied 5.00']);
    // Of one amount only: each rate has its share.
    const one = charged(euroTariff([energy('0.5', '19')], { min_price: { incl_vat: '17.85' } }));
    const rates = charged(euroTariff([energy('0.5', '19'), flat('10', '7')], { min_price: { excl_vat: '40' } }));
    const [shares = ''] = await readPdf(await renderInvoice(printed('en', one, rates)));
    has(shares, ['Minimum price 17.85 with VAT applied 19 % 5.00', 'Minimum price 40.00 applied 19 % 10.00']);
    has(shares, ['Minimum price 40.00 applied 7 % 10.00', '19 % 35.00 6.65 7 % 20.00 1.40 Total 55.00 8.05']);
    // As it was frozen before anybody kept what the tariff says.
    const { content } = printed('en', least);
    const charges = content.charges.map((charge) => ({
      ...charge,
      lines: charge.lines.map((line) => ({
        ...line,
        limit: line.limit && { ...line.limit, exclVat: null, inclVat: null },
      })),
    }));
    const old = { ...printed('en', least), content: { ...content, charges } };
    has((await readPdf(await renderInvoice(old)))[0] ?? '', ['Minimum price applied 19 % 5.00']);
  });

  it('have a table of VAT that sums up to the total, whatever has no VAT or which', async () => {
    const untaxed = charged(euroTariff([energy('0.5', '19'), flat('1')]));
    const [page = ''] = await readPdf(await renderInvoice(printed('en', untaxed)));
    has(page, ['Session fee 1 session 1.00 none 1.00', 'Energy 20 kWh 0.50/kWh 19 % 10.00']);
    has(page, ['VAT rate Net VAT 19 % 10.00 1.90 No VAT 1.00 0.00 Total 11.00 1.90', 'Total without VAT 11.00']);
    // At two rates, and under a least that is taxed as the tariff says.
    const several = charged(euroTariff([energy('0.5', '19'), flat('1', '7')], { min_price: both('15', '17.5') }));
    const gross = charged(euroTariff([energy('0.4', '19')], { tax_included: 'YES' }));
    const [mixed = ''] = await readPdf(await renderInvoice(printed('en', untaxed, several, gross)));
    has(mixed, [
      'VAT rate Net VAT 19 % 20.00 3.80 7 % 1.00 0.07 Minimum or maximum price 4.00 0.53 No VAT 1.00 0.00 Prices with VAT 8.00 – Total 34.00 4.40',
      'Sum of amounts 34.00 VAT 4.40 Total EUR 38.40',
    ]);
    const [chinesePage = ''] = await readPdf(await renderInvoice(printed('zh', untaxed)));
    has(chinesePage, ['19 % 10.00 1.90 无增值税 1.00 0.00 合计 11.00 1.90', '单次费用 1 次 1.00 无 1.00']);
  });

  it('tell in both languages at which of 尖峰平谷 electricity and service were charged', async () => {
    const one = charged(HALF_HOUR_TARIFF, HALF_HOUR_STORY);
    const [page = ''] = await readPdf(await renderInvoice(printed('zh', one)));
    has(page, [
      '电费（尖） 2 kWh 1.20/kWh 2.40 电费（峰） 2 kWh 1.00/kWh 2.00 电费（平） 6 kWh 0.70/kWh 4.20 电费（谷） 1 kWh',
    ]);
    has(page, [
      '服务费（尖） 2 kWh 0.80/kWh 1.60 服务费（峰） 2 kWh 0.70/kWh 1.40 服务费（平、谷） 7 kWh 0.60/kWh 4.20',
    ]);
    const [englishPage = ''] = await readPdf(await renderInvoice(printed('en', one)));
    has(englishPage, [
      'Energy (sharp) 2 kWh 1.20/kWh 2.40 Energy (peak) 2 kWh',
      'Service (flat, valley) 7 kWh 0.60/kWh 4.20',
    ]);
  });

  it('tell times as people say them', async () => {
    const time = { type: 'TIME', price: '3', vat: '19', step_size: 0 };
    const lasting = (end: string) => charged(euroTariff([time]), { start: STORY.start, end, readings: [[end, 1000]] });
    const ends = ['08:01:00', '08:00:16.5', '09:30:00', '18:00:07'].map((clock) => `2026-05-01T${clock}Z`);
    const [page = ''] = await readPdf(await renderInvoice(printed('en', ...ends.map(lasting))));
    has(page, [
      'Charging time 1 min 3.00/h 19 % 0.05',
      'time 16.5 s 3.00/h',
      'time 1 h 30 min 3.00/h',
      'time 10 h 7 s 3.00/h',
    ]);
    const [chinesePage = ''] = await readPdf(await renderInvoice(printed('zh', ...ends.map(lasting))));
    has(chinesePage, ['充电时长费 1 分钟 3.00/小时', '充电时长费 1 小时 30 分钟 3.00/小时', '充电时长费 16.5 秒']);
  });

  it('can be had in the other language', async () => {
    const [page = ''] = await readPdf(await renderInvoice({ ...chinese([yuanRecord()]), language: 'en' }));
    has(page, ['Invoice', CHINESE_ISSUER.name, 'Energy 18 kWh', 'of which electricity 20.48', 'Prices include VAT']);
  });

  it('have pages with numbers, and the head of the table on each', async () => {
    const records = Array.from({ length: 40 }, () => euroRecord());
    const pages = await readPdf(await renderInvoice(english(records)));
    assert.ok(pages.length >= 4);
    for (const [index, page] of pages.entries()) {
      has(page, [`Page ${index + 1} of ${pages.length}`, 'Description Quantity Unit price VAT rate Amount (EUR)']);
    }
    const text = pages.join(' ');
    for (let position = 1; position <= 40; position++) has(text, [`${position}. CP-0001`]);
    has(text, ['40 charges · Energy 818.000 kWh', '19 % 398.80 75.60', 'Total EUR 474.40']);
  });

  it('take an invoice back with what it said', async () => {
    const invoice = english([euroRecord(), creditOf(euroRecord())]);
    const one = reverseContent(english([euroRecord()]).content, facts, 'wrong customer');
    const [note = ''] = await readPdf(await renderInvoice({ ...invoice, kind: 'credit-note', content: one }));
    has(note, ['Credit note', 'For invoice 2026-000042 (2026-06-01)', 'Reason wrong customer', 'Total EUR -11.86']);
    has(note, ['Energy -20.45 kWh 0.39/kWh 19 % -7.98', '-20.450 kWh', 'Time after charging -44 min 40 s']);
    const [page = ''] = await readPdf(await renderInvoice(invoice));
    has(page, ['Credit · The meter was wrong', 'Total EUR 0.00']);
  });

  it('say where charges were, in the letters of the place', async () => {
    const site = yuanRecord().site;
    const abroad = euroRecord({ site });
    const nameless = euroRecord({ site: { name: 'Parkhaus Süd', address: null } });
    const old = euroRecord({ site: null });
    const [page = ''] = await readPdf(await renderInvoice(english([abroad, nameless, old])));
    has(page, ['建邺奥体中心充电站, 江东中路 222 号, 210019 南京市, CHN', 'Parkhaus Süd Tariff', '3. CP-0001']);
    const [chinesePage = ''] = await readPdf(await renderInvoice(chinese([yuanRecord(), euroRecord()])));
    has(chinesePage, [
      '建邺奥体中心充电站，南京市江东中路 222 号，210019，CHN',
      'Parkhaus am Markt，Musterstadt Marktplatz 3',
    ]);
  });

  it('bear what is long, odd or missing', async () => {
    const long = 'W'.repeat(200);
    const record = euroRecord({
      site: { name: long, address: { street: long, city: long, postalCode: null, country: 'DEU' } },
      stationId: long,
      evseId: null,
      idToken: '😀',
      tariff: { id: '', name: `한국 ${long}`, version: 1 },
    });
    const free = euroRecord({
      ...{ lines: [], vat: [], tariff: null, idToken: null },
      exclVat: { amount: '0.00', currency: 'EUR' },
      inclVat: { amount: '0.00', currency: 'EUR' },
    });
    const printable = english([record, free], {
      name: long,
      addressLines: Array(8).fill(long),
      note: `${long}\n${long}`,
    });
    const text = (await readPdf(await renderInvoice(printable))).join(' ');
    has(text, ['…', '□', 'Nothing is due', 'Total EUR 11.86']);
    assert.deepEqual(await findOverlaps(await renderInvoice(printable)), []);
  });

  it('write nothing over something else, however long names, numbers and charges are', async () => {
    const hours = Array.from({ length: 24 }, (_, hour) => ({
      price_components: [
        { ...energy(`0.${30 + hour}`, '19'), step_size: 1 },
        { ...energy('0', '19'), type: 'TIME', step_size: 1 },
      ],
      restrictions: {
        start_time: `${hour}`.padStart(2, '0').concat(':00'),
        end_time: `${(hour + 1) % 24}`.padStart(2, '0').concat(':00'),
      },
    }));
    const site = { name: 'Platz der Völkerfreundschaft '.repeat(6), address: null };
    const long = { ...STORY, site, transaction: { stationId: 'DE*ABC*E'.repeat(7), evseId: 12_345 } };
    const dear = [energy('999999999.0123456789', '19'), { type: 'TIME', price: '0.1234567891', vat: '7.7777' }];
    const charges = [
      charged(euroTariff(dear, { max_price: both('123456789.01', '146913578.92') }), {
        ...long,
        readings: [['2026-05-01T09:30:00Z', 9_876_543.123]],
      }),
      charged(euroTariff([energy('0.3123456789', '19'), flat('0.1', '0')]), long),
      charged(
        { currency: 'EUR', elements: hours },
        { start: '2026-05-01T00:00:00Z', end: '2026-05-03T00:00:00Z', readings: [['2026-05-03T00:00:00Z', 48_000]] },
      ),
    ];
    for (const language of ['en', 'zh'] as const) {
      const bytes = await renderInvoice(printed(language, ...charges, ...charges, ...charges));
      assert.deepEqual(await findOverlaps(bytes), []);
      const pages = await readPdf(bytes);
      assert.ok(pages.length > 3, String(pages.length));
      has(pages.join(' '), ['999,999,999.0123456789/kWh', '0.1234567891/', '9,876,543', 'DE*ABC*E']);
    }
    // What finds that would find it.
    const document = new PDFDocument();
    const chunks: Buffer[] = [];
    document.on('data', (chunk: Buffer) => chunks.push(chunk));
    const ended = new Promise((resolve) => document.on('end', resolve));
    document.text('one', 100, 100).text('other', 105, 103).text('below', 100, 120).text('out', 590, 300).end();
    await ended;
    assert.deepEqual(await findOverlaps(Buffer.concat(chunks)), [
      'page 1: one over other',
      'page 1: out leaves the page',
    ]);
  });

  it('say again which charge it is where one goes on on another page', async () => {
    const hours = Array.from({ length: 48 }, (_, half) => {
      const at = (step: number) =>
        `${String(Math.floor((step % 48) / 2)).padStart(2, '0')}:${step % 2 === 0 ? '00' : '30'}`;
      const components = [
        { ...energy(`0.${30 + half}`, '19'), step_size: 1 },
        { type: 'TIME', price: `1.${10 + half}`, step_size: 1 },
      ];
      return { price_components: components, restrictions: { start_time: at(half), end_time: at(half + 1) } };
    });
    const end = '2026-05-02T00:00:00Z';
    const day = { start: '2026-05-01T00:00:00Z', end, readings: [[end, 48_000]] } as const;
    const pages = await readPdf(await renderInvoice(printed('en', charged({ currency: 'EUR', elements: hours }, day))));
    assert.equal(pages.length, 3);
    for (const page of pages.slice(1)) has(page, ['Amount (EUR) 1. CS-1 (continued) ']);
  });

  it('are the same bytes each time, and small', async () => {
    for (const printable of [english([euroRecord()]), chinese([yuanRecord()])]) {
      const one = Buffer.from(await renderInvoice(printable));
      const other = Buffer.from(await renderInvoice(structuredClone(printable)));
      assert.ok(one.equals(other));
      assert.ok(one.length < 60_000, String(one.length));
    }
  });

  it('are printed in a thread of their own, in order', async () => {
    const renderer = new PdfRenderer();
    const printable = english([euroRecord()]);
    const made = await Promise.all([renderer.render(printable), renderer.render(printable)]);
    const here = Buffer.from(await renderInvoice(printable));
    for (const bytes of made) assert.ok(here.equals(bytes));
    await assert.rejects(
      renderer.render({ ...printable, content: { ...printable.content, charges: null as never } }),
      /could not be printed/,
    );
    assert.ok(here.equals(await renderer.render(printable)));
    const stopped = assert.rejects(renderer.render(printable), /was stopped/);
    await renderer.stop();
    await stopped;
  });
});
