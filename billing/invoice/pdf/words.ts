import type { Rate } from '../../contract/half-hour-tariff.ts';
import type { InvoicedLimit, InvoiceLanguage } from '../../contract/invoices.ts';
import type { Dimension } from '../../contract/tariff-preview.ts';

/** Every word that an invoice says by itself. */
export interface Words {
  readonly invoice: string;
  readonly creditNote: string;
  readonly number: string;
  readonly issuedOn: string;
  readonly period: string;
  readonly currency: string;
  readonly creditedInvoice: string;
  readonly reason: string;
  readonly from: string;
  readonly to: string;
  readonly nobody: string;
  readonly taxId: string;
  readonly description: string;
  readonly quantity: string;
  readonly price: string;
  readonly vatRate: string;
  readonly amount: string;
  readonly evse: string;
  readonly card: string;
  readonly tariff: string;
  /** What brings a charge to the least or the most of its tariff; of the amounts nothing may be known. */
  readonly limits: Readonly<Record<InvoicedLimit['kind'], (amounts: string) => string>>;
  /** At least one of the two. */
  readonly limitAmounts: (net: string | null, gross: string | null) => string;
  readonly continued: string;
  readonly noLines: string;
  readonly credit: string;
  readonly creditFor: string;
  readonly dimensions: Readonly<Record<Dimension, string>>;
  /** Behind electricity and service; '' for none. */
  readonly atRates: (rates: readonly Rate[]) => string;
  readonly units: Readonly<Record<'kWh' | 'h' | 'session', string>>;
  /** Of a time. */
  readonly hours: readonly [hours: string, minutes: string, seconds: string];
  readonly charges: (count: number) => string;
  readonly energy: string;
  readonly subtotal: string;
  readonly netTotal: string;
  readonly net: string;
  readonly vat: string;
  readonly noVat: string;
  /** Rows of the table of VAT without a rate, and their sum. */
  readonly vatRows: Readonly<Record<'limit' | 'none' | 'included' | 'total', string>>;
  readonly electricityFee: string;
  readonly serviceFee: string;
  readonly total: string;
  readonly taxIncluded: string;
  readonly page: (page: number, of: number) => string;
}

const CHINESE_RATES: Readonly<Record<Rate, string>> = { sharp: '尖', peak: '峰', flat: '平', valley: '谷' };

export const WORDS: Readonly<Record<InvoiceLanguage, Words>> = {
  en: {
    invoice: 'Invoice',
    creditNote: 'Credit note',
    number: 'Number',
    issuedOn: 'Date of issue',
    period: 'Charges ended',
    currency: 'Currency',
    creditedInvoice: 'For invoice',
    reason: 'Reason',
    from: 'From',
    to: 'To',
    nobody: 'Customer without account',
    taxId: 'Tax ID',
    description: 'Description',
    quantity: 'Quantity',
    price: 'Unit price',
    vatRate: 'VAT rate',
    amount: 'Amount',
    evse: 'EVSE',
    card: 'Card',
    tariff: 'Tariff',
    limits: {
      least: (amounts) => (amounts === '' ? 'Minimum price applied' : `Minimum price ${amounts} applied`),
      most: (amounts) => (amounts === '' ? 'Maximum price applied' : `Maximum price ${amounts} applied`),
    },
    limitAmounts: (net, gross) => {
      if (net === null) return gross === null ? '' : `${gross} with VAT`;
      return gross === null ? net : `${net} (${gross} with VAT)`;
    },
    continued: '(continued)',
    noLines: 'Nothing is due',
    credit: 'Credit',
    creditFor: 'Credit for invoice',
    dimensions: {
      FLAT: 'Session fee',
      ENERGY: 'Energy',
      TIME: 'Charging time',
      PARKING_TIME: 'Time after charging',
      SERVICE: 'Service',
    },
    atRates: (rates) => (rates.length === 0 ? '' : ` (${rates.join(', ')})`),
    units: { kWh: 'kWh', h: 'h', session: 'session' },
    hours: [' h', ' min', ' s'],
    charges: (count) => (count === 1 ? '1 charge' : `${count} charges`),
    energy: 'Energy',
    subtotal: 'Sum of amounts',
    netTotal: 'Total without VAT',
    net: 'Net',
    vat: 'VAT',
    noVat: 'none',
    vatRows: { limit: 'Minimum or maximum price', none: 'No VAT', included: 'Prices with VAT', total: 'Total' },
    electricityFee: 'of which electricity',
    serviceFee: 'of which service',
    total: 'Total',
    taxIncluded: 'Prices include VAT where it applies.',
    page: (page, of) => `Page ${page} of ${of}`,
  },
  zh: {
    invoice: '充电账单',
    creditNote: '冲销账单',
    number: '账单编号',
    issuedOn: '开具日期',
    period: '结算周期',
    currency: '币种',
    creditedInvoice: '原账单',
    reason: '冲销原因',
    from: '收款方',
    to: '付款方',
    nobody: '未注册用户',
    taxId: '纳税人识别号',
    description: '项目',
    quantity: '数量',
    price: '单价',
    vatRate: '税率',
    amount: '金额',
    evse: '枪号',
    card: '卡号',
    tariff: '资费',
    limits: {
      least: (amounts) => `补足至最低收费${amounts === '' ? '' : ` ${amounts}`}`,
      most: (amounts) => `减免至最高收费${amounts === '' ? '' : ` ${amounts}`}`,
    },
    limitAmounts: (net, gross) => {
      if (net === null) return gross === null ? '' : `${gross}（含税）`;
      return gross === null ? `${net}（不含税）` : `${net}（含税 ${gross}）`;
    },
    continued: '（续）',
    noLines: '无应付费用',
    credit: '冲销',
    creditFor: '冲销账单',
    dimensions: { FLAT: '单次费用', ENERGY: '电费', TIME: '充电时长费', PARKING_TIME: '占位费', SERVICE: '服务费' },
    atRates: (rates) => (rates.length === 0 ? '' : `（${rates.map((rate) => CHINESE_RATES[rate]).join('、')}）`),
    units: { kWh: 'kWh', h: '小时', session: '次' },
    hours: [' 小时', ' 分钟', ' 秒'],
    charges: (count) => `共 ${count} 次充电`,
    energy: '电量',
    subtotal: '金额合计',
    netTotal: '不含税金额',
    net: '不含税金额',
    vat: '税额',
    noVat: '无',
    vatRows: { limit: '最低/最高收费', none: '无增值税', included: '单价含税', total: '合计' },
    electricityFee: '其中：电费',
    serviceFee: '其中：服务费',
    total: '价税合计',
    taxIncluded: '单价已含税（如适用）。',
    page: (page, of) => `第 ${page} 页，共 ${of} 页`,
  },
};
