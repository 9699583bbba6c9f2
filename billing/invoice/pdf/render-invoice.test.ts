import assert from 'node:assert/strict';
import type { CdrView } from '../../contract/cdr.ts';
import { freezeContent } from '../freeze-content.ts';
import { reverseContent } from '../reverse-content.ts';
import { readPdf } from '../testing/read-pdf.ts';
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
  return { ...facts, currency: 'EUR', language: 'en', content: freezeContent(records, 'EUR', parties, new Map()) };
}

function chinese(records: readonly CdrView[]): Printable {
  const parties = { issuer: CHINESE_ISSUER, customer: CHINESE_CUSTOMER };
  return { ...facts, currency: 'CNY', language: 'zh', content: freezeContent(records, 'CNY', parties, new Map()) };
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
    has(page, ['Session fee 1 session 0.50 19 % 0.50', 'Energy 20.45 kWh 0.39 19 % 7.98']);
    has(page, ['Time after charging 0.744444 h 2.00 19 % 1.49']);
    has(page, ['19 % 9.97 1.89', 'Total without VAT 9.97', 'VAT 1.89', 'Total EUR 11.86']);
  });

  it('tell in Chinese electricity and service apart', async () => {
    const [page = ''] = await readPdf(await renderInvoice(chinese([yuanRecord(), yuanRecord()])));
    has(page, ['充电账单', '账单编号', '第 1 页，共 1 页', CHINESE_ISSUER.name, '䶮鑫物流（江苏）有限公司']);
    has(page, ['纳税人识别号: 91320105MA1XXXXX0Q', '纳税人识别号: 91320115MA2YYYYY1R', '尖峰平谷（南京）']);
    has(page, ['32010600019236 · 枪号 2', '16:03:12 – 18:15:40 (+08:00)', '30.1254 kWh']);
    has(page, ['电费 12.1254 kWh 1.1023 13.37', '电费 18 kWh 0.395 7.11', '服务费 30.1254 kWh 0.50 15.06']);
    has(page, ['金额合计 71.08', '价税合计 CNY 71.08', '其中：电费 40.96', '其中：服务费 30.12', '单价已含税']);
  });

  it('show what brings a sum to the least or most of its tariff, and what tax that changes', async () => {
    const eur = (amount: string) => ({ amount, currency: 'EUR' });
    const least = {
      ...({ dimension: 'FLAT', quantity: '1', unit: 'session', price: '5.030000001', vatPercent: null } as const),
      ...{ exact: '5.030000001', amount: eur('5.03'), periods: [] },
    };
    const record = euroRecord();
    const raised = {
      ...{ lines: [...record.lines, least], exclVat: eur('15.00'), inclVat: eur('17.85') },
      vat: [...record.vat, { percent: null, net: eur('5.03'), vat: eur('0.96') }],
    };
    const [page = ''] = await readPdf(await renderInvoice(english([{ ...record, ...raised }])));
    has(page, ['To the least or most of the tariff 5.03', '19 % 9.97 1.89', 'other 5.03 0.96']);
    has(page, ['Total without VAT 15.00', 'VAT 2.85', 'Total EUR 17.85']);
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
    has(note, ['Energy -20.45 kWh 0.39 19 % -7.98', '-20.450 kWh']);
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
