import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type {
  InvoiceContent,
  InvoiceFilter,
  InvoiceKind,
  InvoiceLanguage,
  InvoiceView,
} from '../../contract/invoices.ts';
import { toMoney } from '../../money/minor-units.ts';
import { formatNumber } from '../invoice-number.ts';
import { completeContent, type StoredContent } from './stored-content.ts';

interface InvoiceRow {
  readonly id: Uuid;
  readonly organization_id: Uuid;
  readonly series: string;
  readonly number: number;
  readonly kind: InvoiceKind;
  readonly account_id: Uuid | null;
  readonly customer_name: string | null;
  readonly issued_at: Date;
  readonly period_from: Date | null;
  readonly period_to: Date | null;
  readonly language: InvoiceLanguage;
  readonly currency: string;
  readonly record_count: number;
  readonly excl_vat_minor: string | null;
  readonly incl_vat_minor: string;
  readonly credits_invoice_id: Uuid | null;
  readonly credited_by_invoice_id: Uuid | null;
  readonly emailed_at: Date | null;
}

export interface NewInvoice {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly series: string;
  readonly number: number;
  readonly kind: InvoiceKind;
  readonly accountId: Uuid | null;
  readonly issuedAt: Date;
  readonly period: { readonly from: string; readonly to: string } | null;
  readonly language: InvoiceLanguage;
  readonly currency: string;
  readonly exclVatMinor: bigint | null;
  readonly inclVatMinor: bigint;
  readonly content: InvoiceContent;
  readonly creditsInvoiceId: Uuid | null;
  readonly creditsWhole: boolean;
  readonly records: readonly { readonly cdrId: Uuid; readonly creditsCdrId: Uuid | null }[];
}

/** On which invoice a record is. */
export interface RecordStanding {
  readonly cdrId: Uuid;
  readonly invoiceId: Uuid;
  readonly number: string;
  readonly recordCount: number;
  /** A note takes the whole invoice back. */
  readonly isCredited: boolean;
}

const invoices = (db: Knex): Knex.QueryBuilder => db({ i: 'billing.invoices' });

/** All but the content, which may be large. */
function selectViews(db: Knex): Knex.QueryBuilder {
  return invoices(db).select(
    ...['id', 'organization_id', 'series', 'number', 'kind', 'account_id', 'customer_name', 'issued_at'],
    ...['period_from', 'period_to', 'language', 'currency', 'record_count', 'excl_vat_minor', 'incl_vat_minor'],
    'credits_invoice_id',
    db.raw(
      '(select n.id from billing.invoices n where n.credits_invoice_id = i.id and n.credits_whole) as credited_by_invoice_id',
    ),
    db.raw('(select max(m.sent_at) from billing.outgoing_mails m where m.invoice_id = i.id) as emailed_at'),
  );
}

/** Invoices belong to an organisation as a whole: somebody who may see single sites sees none. */
function within(scope: AccessScope): (query: Knex.QueryBuilder) => void {
  return (query) => {
    if (scope.kind === 'everything') return;
    query.whereRaw('i.organization_id = any(?::uuid[])', [
      scope.kind === 'organizations' ? [...scope.organizationIds] : [],
    ]);
  };
}

export async function listInvoices(
  db: Knex,
  scope: AccessScope,
  filter: InvoiceFilter,
  after: Uuid | null,
  count: number,
): Promise<InvoiceView[]> {
  const query = selectViews(db).modify(within(scope)).orderBy('i.id', 'desc').limit(count);
  if (after !== null) query.where('i.id', '<', after);
  if (filter.organizationId !== undefined) query.where('i.organization_id', filter.organizationId);
  if (filter.accountId !== undefined) query.where('i.account_id', filter.accountId);
  if (filter.kind !== undefined) query.where('i.kind', filter.kind);
  if (filter.from !== undefined) query.where('i.issued_at', '>=', filter.from);
  if (filter.to !== undefined) query.where('i.issued_at', '<', filter.to);
  if (filter.cdrId !== undefined) {
    query.whereRaw('i.id in (select r.invoice_id from billing.invoice_cdrs r where r.cdr_id = ?)', [filter.cdrId]);
  }
  return ((await query) as InvoiceRow[]).map(toView);
}

export async function readInvoice(db: Knex, scope: AccessScope, id: Uuid): Promise<InvoiceView | undefined> {
  const row: InvoiceRow | undefined = await selectViews(db).modify(within(scope)).where('i.id', id).first();
  return row === undefined ? undefined : toView(row);
}

export async function readContent(db: Knex, id: Uuid): Promise<InvoiceContent> {
  const row: { content: StoredContent } = await invoices(db).where('i.id', id).first('content');
  return completeContent(row.content);
}

/** The newest invoice of an account for exactly that time. */
export async function findForPeriod(
  db: Knex,
  accountId: Uuid,
  period: { readonly from: string; readonly to: string },
  currency: string | undefined,
): Promise<InvoiceView | undefined> {
  const query = selectViews(db)
    .where({ account_id: accountId, period_from: period.from, period_to: period.to, credits_whole: false })
    .orderBy('i.id', 'desc');
  if (currency !== undefined) query.where({ currency });
  const row: InvoiceRow | undefined = await query.first();
  return row === undefined ? undefined : toView(row);
}

/** The note that takes a whole invoice back. */
export async function findCreditNote(db: Knex, invoiceId: Uuid): Promise<InvoiceView | undefined> {
  const row: InvoiceRow | undefined = await selectViews(db)
    .where({ credits_invoice_id: invoiceId, credits_whole: true })
    .first();
  return row === undefined ? undefined : toView(row);
}

/** Where those records are that were invoiced. */
export async function readStandings(db: Knex, cdrIds: readonly Uuid[]): Promise<RecordStanding[]> {
  if (cdrIds.length === 0) return [];
  const { rows } = await db.raw<{
    rows: { cdr_id: Uuid; id: Uuid; series: string; number: number; record_count: number; is_credited: boolean }[];
  }>(
    `select r.cdr_id, i.id, i.series, i.number, i.record_count,
       exists (select from billing.invoices n where n.credits_invoice_id = i.id and n.credits_whole) as is_credited
     from billing.invoice_cdrs r join billing.invoices i on i.id = r.invoice_id
     where r.cdr_id = any(?::uuid[]) and not r.is_reversal`,
    [[...cdrIds]],
  );
  return rows.map((row) => ({
    cdrId: row.cdr_id,
    invoiceId: row.id,
    number: formatNumber(row.series, row.number),
    recordCount: row.record_count,
    isCredited: row.is_credited,
  }));
}

/** Another invoice or note with a credit record for something that is on this invoice. */
export async function findPartialCredit(db: Knex, invoiceId: Uuid): Promise<string | undefined> {
  const { rows } = await db.raw<{ rows: { series: string; number: number }[] }>(
    `select i.series, i.number
     from billing.invoice_cdrs own
     join billing.invoice_cdrs credit on credit.credits_cdr_id = own.cdr_id and not credit.is_reversal
       and credit.invoice_id <> own.invoice_id
     join billing.invoices i on i.id = credit.invoice_id
     where own.invoice_id = ? limit 1`,
    [invoiceId],
  );
  const [found] = rows;
  return found === undefined ? undefined : formatNumber(found.series, found.number);
}

/** Until the end of the transaction nobody else issues for that organisation: what is seen of its invoices stays so. */
export async function lockIssuing(trx: Knex.Transaction, organizationId: Uuid): Promise<void> {
  await trx.raw(`select pg_advisory_xact_lock(hashtextextended('voltpile invoices ' || ?, 0))`, [organizationId]);
}

/**
 * The next number of a series, and the time of issue, which never goes back within it. Both are taken back with the transaction.
 */
export async function takeNumber(
  trx: Knex.Transaction,
  organizationId: Uuid,
  series: string,
  now: Instant,
): Promise<{ readonly number: number; readonly issuedAt: Date }> {
  const { rows } = await trx.raw<{ rows: { last_number: number; last_issued_at: Date }[] }>(
    `insert into billing.invoice_numbers as n (organization_id, series, last_number, last_issued_at)
     values (:organizationId, :series, 1, :now)
     on conflict (organization_id, series) do update
       set last_number = n.last_number + 1, last_issued_at = greatest(n.last_issued_at, excluded.last_issued_at)
     returning last_number, last_issued_at`,
    { organizationId, series, now: toIso(now) },
  );
  const [taken] = rows as [(typeof rows)[0]];
  return { number: taken.last_number, issuedAt: taken.last_issued_at };
}

export async function insertInvoice(trx: Knex.Transaction, invoice: NewInvoice): Promise<void> {
  await trx
    .withSchema('billing')
    .table('invoices')
    .insert({
      id: invoice.id,
      organization_id: invoice.organizationId,
      series: invoice.series,
      number: invoice.number,
      kind: invoice.kind,
      account_id: invoice.accountId,
      customer_name: invoice.content.customer?.name ?? null,
      issued_at: invoice.issuedAt,
      period_from: invoice.period?.from ?? null,
      period_to: invoice.period?.to ?? null,
      language: invoice.language,
      currency: invoice.currency,
      record_count: invoice.records.length,
      excl_vat_minor: invoice.exclVatMinor === null ? null : String(invoice.exclVatMinor),
      incl_vat_minor: String(invoice.inclVatMinor),
      content: JSON.stringify(invoice.content),
      credits_invoice_id: invoice.creditsInvoiceId,
      credits_whole: invoice.creditsWhole,
    });
  await trx.raw(
    `insert into billing.invoice_cdrs (invoice_id, cdr_id, is_reversal, credits_cdr_id)
     select :id, cdr_id, :isReversal, credits_cdr_id from unnest(:cdrIds::uuid[], :creditsCdrIds::uuid[]) as given (cdr_id, credits_cdr_id)`,
    {
      id: invoice.id,
      isReversal: invoice.creditsWhole,
      cdrIds: invoice.records.map(({ cdrId }) => cdrId),
      creditsCdrIds: invoice.records.map(({ creditsCdrId }) => creditsCdrId),
    },
  );
}

function toView(row: InvoiceRow): InvoiceView {
  const { currency } = row;
  return {
    id: row.id,
    organizationId: row.organization_id,
    kind: row.kind,
    number: formatNumber(row.series, row.number),
    series: row.series,
    sequenceNumber: row.number,
    accountId: row.account_id,
    customerName: row.customer_name,
    issuedAt: row.issued_at.toISOString(),
    periodFrom: row.period_from?.toISOString() ?? null,
    periodTo: row.period_to?.toISOString() ?? null,
    language: row.language,
    currency,
    recordCount: row.record_count,
    exclVat: row.excl_vat_minor === null ? null : toMoney(BigInt(row.excl_vat_minor), currency),
    inclVat: toMoney(BigInt(row.incl_vat_minor), currency),
    creditsInvoiceId: row.credits_invoice_id,
    creditedByInvoiceId: row.credited_by_invoice_id,
    emailedAt: row.emailed_at?.toISOString() ?? null,
  };
}
