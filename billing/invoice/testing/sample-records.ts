import { uuidv7 } from '@voltpile/kernel/ids';
import type { CdrLine, CdrView } from '../../contract/cdr.ts';
import type { InvoiceIssuer, InvoiceParty } from '../../contract/invoices.ts';
import type { Money } from '../../contract/money.ts';

/** Records and parties for tests of invoices. */

const money = (amount: string, currency: string): Money => ({ amount, currency });

const line = (
  dimension: CdrLine['dimension'],
  quantity: string,
  price: string,
  vatPercent: string | null,
  amount: Money,
): CdrLine => ({
  dimension,
  quantity,
  unit: dimension === 'FLAT' ? 'session' : dimension === 'ENERGY' || dimension === 'SERVICE' ? 'kWh' : 'h',
  price,
  vatPercent,
  exact: amount.amount,
  amount,
  periods: [0],
});

/** 20.45 kWh and an hour and a half of standing, with VAT of 19 %: 9.97 + 1.89 = 11.86 EUR. */
export function euroRecord(change: Partial<CdrView> = {}): CdrView {
  const eur = (amount: string) => money(amount, 'EUR');
  return {
    id: uuidv7(),
    kind: 'charge',
    organizationId: uuidv7(),
    siteId: uuidv7(),
    site: {
      name: 'Parkhaus am Markt',
      address: { street: 'Marktplatz 3', city: 'Musterstadt', postalCode: '12345', country: 'DEU' },
    },
    stationId: 'CP-0001',
    evseId: 1,
    transactionIds: [uuidv7()],
    accountId: null,
    idToken: '04A2B3C4D5E6F7',
    timeZone: 'Europe/Berlin',
    startedAt: '2026-05-01T08:03:12.000Z',
    endedAt: '2026-05-01T10:15:40.000Z',
    energyWh: 20450,
    currency: 'EUR',
    tariff: { id: uuidv7(), name: 'City fast', version: 3 },
    lines: [
      line('FLAT', '1', '0.5', '19', eur('0.50')),
      line('ENERGY', '20.45', '0.39', '19', eur('7.98')),
      line('PARKING_TIME', '0.744444444', '2', '19', eur('1.49')),
    ],
    vat: [{ percent: '19', net: eur('9.97'), vat: eur('1.89') }],
    exclVat: eur('9.97'),
    inclVat: eur('11.86'),
    electricityFee: null,
    serviceFee: null,
    periods: [],
    creditsCdrId: null,
    creditedByCdrId: null,
    stationBill: null,
    flags: [],
    reason: null,
    createdAt: '2026-05-01T10:16:00.000Z',
    ...change,
  };
}

/** Peak and valley electricity and a service fee, in yuan that hold their tax: 35.54. */
export function yuanRecord(change: Partial<CdrView> = {}): CdrView {
  const cny = (amount: string) => money(amount, 'CNY');
  return {
    ...euroRecord(),
    site: {
      name: '建邺奥体中心充电站',
      address: { street: '江东中路 222 号', city: '南京市', postalCode: '210019', country: 'CHN' },
    },
    stationId: '32010600019236',
    evseId: 2,
    timeZone: 'Asia/Shanghai',
    energyWh: 30125.4,
    currency: 'CNY',
    tariff: { id: uuidv7(), name: '尖峰平谷（南京）', version: 1 },
    lines: [
      line('ENERGY', '12.1254', '1.10230', null, cny('13.37')),
      line('ENERGY', '18', '0.395', null, cny('7.11')),
      line('SERVICE', '30.1254', '0.5', null, cny('15.06')),
    ],
    vat: [],
    exclVat: null,
    inclVat: cny('35.54'),
    electricityFee: cny('20.48'),
    serviceFee: cny('15.06'),
    ...change,
  };
}

/** The record that takes another one back. */
export function creditOf(record: CdrView, change: Partial<CdrView> = {}): CdrView {
  const negative = ({ amount, currency }: Money): Money => money(`-${amount}`, currency);
  const maybe = (amount: Money | null): Money | null => (amount === null ? null : negative(amount));
  return {
    ...record,
    id: uuidv7(),
    kind: 'credit',
    lines: record.lines.map((of) => ({ ...of, quantity: `-${of.quantity}`, amount: negative(of.amount) })),
    vat: record.vat.map(({ percent, net, vat }) => ({ percent, net: negative(net), vat: negative(vat) })),
    exclVat: maybe(record.exclVat),
    inclVat: negative(record.inclVat),
    electricityFee: maybe(record.electricityFee),
    serviceFee: maybe(record.serviceFee),
    creditsCdrId: record.id,
    reason: 'The meter was wrong',
    ...change,
  };
}

export const ISSUER: InvoiceIssuer = {
  name: 'Stadtwerke Musterstadt GmbH',
  addressLines: ['Hauptstraße 1', '12345 Musterstadt', 'Germany'],
  taxId: 'DE123456789',
  email: 'billing@example.com',
  language: 'en',
  timeZone: 'Europe/Berlin',
  note: 'IBAN DE02 1203 0000 0000 2020 51 · HRB 12345, Amtsgericht Musterstadt',
};

export const CUSTOMER: InvoiceParty = {
  name: 'Łódź Fleet Sp. z o.o.',
  addressLines: ['ul. Piotrkowska 10', '90-001 Łódź', 'Poland'],
  taxId: 'PL1234567890',
  email: 'invoices@fleet.example',
  language: 'en',
};

export const CHINESE_ISSUER: InvoiceIssuer = {
  name: '南京伏特充电科技有限公司',
  addressLines: ['江苏省南京市建邺区江东中路 1 号', '210019'],
  taxId: '91320105MA1XXXXX0Q',
  email: null,
  language: 'zh',
  timeZone: 'Asia/Shanghai',
  note: '开户行：中国工商银行南京分行 4301 0155 0910 0123 456',
};

export const CHINESE_CUSTOMER: InvoiceParty = {
  name: '䶮鑫物流（江苏）有限公司',
  addressLines: ['南京市江宁区将军大道 8 号'],
  taxId: '91320115MA2YYYYY1R',
  email: 'caiwu@example.cn',
  language: 'zh',
};
