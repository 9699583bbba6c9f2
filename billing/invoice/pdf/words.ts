import type { InvoiceLanguage } from '../../contract/invoices.ts';
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
  readonly adjustment: string;
  readonly noLines: string;
  readonly credit: string;
  readonly creditFor: string;
  readonly dimensions: Readonly<Record<Dimension, string>>;
  readonly units: Readonly<Record<'kWh' | 'h' | 'session', string>>;
  readonly charges: (count: number) => string;
  readonly energy: string;
  readonly subtotal: string;
  readonly netTotal: string;
  readonly net: string;
  readonly vat: string;
  readonly withoutRate: string;
  readonly electricityFee: string;
  readonly serviceFee: string;
  readonly total: string;
  readonly taxIncluded: string;
  readonly page: (page: number, of: number) => string;
}

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
    adjustment: 'To the least or most of the tariff',
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
    units: { kWh: 'kWh', h: 'h', session: 'session' },
    charges: (count) => (count === 1 ? '1 charge' : `${count} charges`),
    energy: 'Energy',
    subtotal: 'Sum of amounts',
    netTotal: 'Total without VAT',
    net: 'Net',
    vat: 'VAT',
    withoutRate: 'other',
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
    adjustment: '按资费最低/最高收费调整',
    noLines: '无应付费用',
    credit: '冲销',
    creditFor: '冲销账单',
    dimensions: { FLAT: '单次费用', ENERGY: '电费', TIME: '充电时长费', PARKING_TIME: '占位费', SERVICE: '服务费' },
    units: { kWh: 'kWh', h: '小时', session: '次' },
    charges: (count) => `共 ${count} 次充电`,
    energy: '电量',
    subtotal: '金额合计',
    netTotal: '不含税金额',
    net: '不含税金额',
    vat: '税额',
    withoutRate: '其他',
    electricityFee: '其中：电费',
    serviceFee: '其中：服务费',
    total: '价税合计',
    taxIncluded: '单价已含税（如适用）。',
    page: (page, of) => `第 ${page} 页，共 ${of} 页`,
  },
};
