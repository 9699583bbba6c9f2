import { RATES } from '@voltpile/billing/contract/half-hour-tariff';
import {
  INVOICE_EMAIL_STATUSES,
  INVOICE_KINDS,
  INVOICE_LANGUAGES,
  type InvoiceDetailView,
  type InvoiceEmailView,
  type InvoiceIssuerView,
  type InvoiceView,
  MAX_INVOICE_CDRS,
  MAX_INVOICE_DAYS,
} from '@voltpile/billing/contract/invoices';
import { currencySchema } from '@voltpile/billing/contract/money';
import * as z from 'zod';
import { cdrSite } from './cdr.ts';
import { dateTime, text, uuid } from './common.ts';

const invoiceMoney = z
  .object({ amount: z.string().meta({ examples: ['12.34'] }), currency: z.string() })
  .meta({ description: 'With exactly as many places as the currency has.' });

export const invoiceLanguage = z.enum(INVOICE_LANGUAGES);
export const invoiceKind = z.enum(INVOICE_KINDS);

const partyView = {
  name: z.string(),
  addressLines: z.array(z.string()).readonly(),
  taxId: z.string().nullable(),
  email: z.string().nullable(),
  language: invoiceLanguage,
};

const issuerView = { ...partyView, timeZone: z.string(), note: z.string().nullable() };

export const invoiceIssuerView = z
  .object({ ...issuerView, organizationId: uuid, updatedAt: dateTime })
  .meta({ id: 'InvoiceIssuer' }) satisfies z.ZodType<InvoiceIssuerView>;

export const invoiceIssuerInput = z
  .strictObject({
    name: text(1, 200),
    addressLines: z.array(text(1, 200)).max(8).meta({ description: 'As they are to be printed, a line each.' }),
    taxId: text(1, 50).nullable().default(null),
    email: z.email().max(254).nullable().default(null),
    language: invoiceLanguage.default('en').meta({ description: 'Of invoices for customers without an account.' }),
    timeZone: text(1, 64).meta({
      description: 'IANA; in which the dates of invoices are, and the year of their numbers.',
      examples: ['Europe/Berlin'],
    }),
    note: z
      .string()
      .min(1)
      .max(1000)
      .regex(/^(?:\P{Cc}|\n)*$/u, 'must not contain control characters')
      .nullable()
      .default(null)
      .meta({ description: 'At the foot of each invoice, in lines: bank, register.' }),
  })
  .meta({ id: 'InvoiceIssuerInput' });

const invoiceFields = {
  id: uuid,
  organizationId: uuid,
  kind: invoiceKind,
  number: z
    .string()
    .meta({ description: 'As it is printed. Numbers of a series have no gaps.', examples: ['2026-000042'] }),
  series: z.string(),
  sequenceNumber: z.int(),
  accountId: uuid.nullable(),
  customerName: z.string().nullable(),
  issuedAt: dateTime,
  periodFrom: dateTime.nullable(),
  periodTo: dateTime.nullable(),
  language: invoiceLanguage,
  currency: z.string(),
  recordCount: z.int().meta({ description: 'Charge detail records on it.' }),
  exclVat: invoiceMoney.nullable().meta({ description: 'null where prices of at least one record hold their tax.' }),
  inclVat: invoiceMoney,
  creditsInvoiceId: uuid.nullable().meta({ description: 'Of a credit note: the invoice that it is for.' }),
  creditedByInvoiceId: uuid.nullable().meta({ description: 'The credit note that takes all of this invoice back.' }),
  emailedAt: dateTime.nullable(),
};

export const invoiceView = z.object(invoiceFields).meta({ id: 'Invoice' }) satisfies z.ZodType<InvoiceView>;

export const invoiceEmailView = z
  .object({
    id: uuid,
    invoiceId: uuid,
    to: z.string(),
    language: invoiceLanguage,
    status: z.enum(INVOICE_EMAIL_STATUSES).meta({ description: '`queued`: is being tried. `failed`: given up.' }),
    attempts: z.int(),
    lastError: z.string().nullable(),
    nextAttemptAt: dateTime.nullable(),
    sentAt: dateTime.nullable(),
    createdAt: dateTime,
  })
  .meta({ id: 'InvoiceEmail' }) satisfies z.ZodType<InvoiceEmailView>;

const invoicedCharge = z.object({
  cdrId: uuid,
  kind: z.enum(['charge', 'credit']),
  site: cdrSite.nullable().meta({ description: 'Where it was; null on the oldest invoices.' }),
  stationId: z.string(),
  evseId: z.int().nullable(),
  idToken: z.string().nullable().meta({ description: 'Only its end.' }),
  timeZone: z.string(),
  startedAt: dateTime,
  endedAt: dateTime,
  energyWh: z.number(),
  tariffName: z.string().nullable(),
  lines: z
    .array(
      z.object({
        dimension: z.enum(['FLAT', 'ENERGY', 'TIME', 'PARKING_TIME', 'SERVICE']),
        quantity: z.string(),
        unit: z.enum(['kWh', 'h', 'session']),
        price: z.string(),
        vatPercent: z.string().nullable(),
        amount: invoiceMoney,
        isAdjustment: z.boolean().meta({ description: 'It brings the sum to the least or the most of the tariff.' }),
        limit: z
          .object({ kind: z.enum(['least', 'most']), exclVat: z.string().nullable(), inclVat: z.string().nullable() })
          .nullable()
          .meta({ description: 'To which of the two, and what the tariff says of it.' }),
        rates: z
          .array(z.enum(RATES))
          .readonly()
          .meta({ description: 'At which of 尖峰平谷 electricity or service was charged; empty under other tariffs.' }),
      }),
    )
    .readonly(),
  exclVat: invoiceMoney.nullable(),
  inclVat: invoiceMoney,
  creditsInvoiceNumber: z.string().nullable(),
  reason: z.string().nullable(),
});

export const invoiceDetailView = z
  .object({
    ...invoiceFields,
    content: z
      .object({
        issuer: z.object(issuerView),
        customer: z.object(partyView).nullable(),
        charges: z.array(invoicedCharge).readonly(),
        vat: z
          .array(z.object({ percent: z.string().nullable(), net: invoiceMoney, vat: invoiceMoney }))
          .readonly()
          .meta({ description: 'The sum of the records’ VAT, for each rate.' }),
        exclVat: invoiceMoney.nullable(),
        inclVat: invoiceMoney,
        electricityFee: invoiceMoney.nullable(),
        serviceFee: invoiceMoney.nullable(),
        credits: z.object({ number: z.string(), issuedAt: dateTime, reason: z.string() }).nullable(),
      })
      .meta({ description: 'All that is printed, as it was when the invoice was issued.' }),
    emails: z.array(invoiceEmailView).readonly().meta({ description: 'The newest 20, newest first.' }),
  })
  .meta({ id: 'InvoiceDetail' }) satisfies z.ZodType<InvoiceDetailView>;

export const invoiceInput = z
  .union([
    z.strictObject({ cdrId: uuid }),
    z.strictObject({
      accountId: uuid,
      from: dateTime.meta({ description: 'On the ends of charges; inclusive.' }),
      to: dateTime.meta({ description: `Exclusive; at most ${MAX_INVOICE_DAYS} days after \`from\`.` }),
      currency: currencySchema.optional().meta({ description: 'Where the account was charged in several.' }),
    }),
  ])
  .meta({
    id: 'InvoiceInput',
    description: `For one charge detail record, or for all of an account that are on no invoice yet (at most ${MAX_INVOICE_CDRS}).`,
  });

/** Printed, so in lines as little as in names. */
export const creditNoteInput = z.strictObject({ reason: text(1, 300) }).meta({ id: 'CreditNoteInput' });

export const invoiceEmailInput = z
  .strictObject({
    to: z.email().max(254).optional().meta({ description: 'Absent: the customer’s address on the invoice.' }),
    language: invoiceLanguage.optional(),
  })
  .meta({ id: 'InvoiceEmailInput' });
