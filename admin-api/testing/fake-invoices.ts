import type {
  InvoiceDetailView,
  InvoiceDocuments,
  InvoiceEmailView,
  InvoiceIssuerView,
  InvoicesPort,
  InvoiceView,
} from '@voltpile/billing/contract/invoices';
import type { SitesPort } from '@voltpile/csms/contract/operator-ports';
import { defineError } from '@voltpile/kernel/errors';
import { uuidv7 } from '@voltpile/kernel/ids';

const NOW = '2026-05-01T00:00:00.000Z';
const invoiceNotFound = defineError('invoice.not_found', 'NotFound', 'There is no invoice {id}.');
const issuerNotSet = defineError('invoice.issuer_not_set', 'NotFound', 'There is no issuer.');

/** Invoices in memory, for tests of the API: no rules, but pages and errors as the contract promises them. */
export class FakeInvoices {
  readonly rows: InvoiceDetailView[] = [];
  readonly issuers = new Map<string, InvoiceIssuerView>();
  /** What the ports were called with last. */
  readonly seen: { filter?: object; request?: object; reason?: string; email?: object; language?: string | null } = {};
  readonly port: InvoicesPort;
  readonly documents: InvoiceDocuments;

  constructor(organizationId: string, sites: SitesPort) {
    const find = (id: string): InvoiceDetailView => {
      const row = this.rows.find((invoice) => invoice.id === id);
      if (row === undefined) throw invoiceNotFound({ id });
      return row;
    };
    const add = (kind: InvoiceDetailView['kind'], creditsInvoiceId: string | null): InvoiceDetailView => {
      const sequenceNumber = this.rows.length + 1;
      const row = sampleInvoice(organizationId, kind, sequenceNumber, creditsInvoiceId);
      this.rows.unshift(row);
      return row;
    };
    this.port = {
      list: async (_scope, filter, { limit, cursor }) => {
        this.seen.filter = filter;
        const start = Number(cursor ?? 0);
        const items = this.rows.slice(start, start + limit).map(withoutDetails);
        return { items, nextCursor: start + limit < this.rows.length ? String(start + limit) : null };
      },
      get: async (_scope, id) => find(id),
      issue: async (_scope, request) => {
        const isSame = JSON.stringify(this.seen.request) === JSON.stringify(request);
        this.seen.request = request;
        return { invoice: withoutDetails((isSame ? this.rows[0] : undefined) ?? add('invoice', null)), isNew: !isSame };
      },
      credit: async (_scope, id, reason) => {
        this.seen.reason = reason;
        const before = this.rows.find(({ creditsInvoiceId }) => creditsInvoiceId === find(id).id);
        return { invoice: withoutDetails(before ?? add('credit-note', id)), isNew: before === undefined };
      },
      email: async (_scope, id, options) => {
        this.seen.email = options;
        const email: InvoiceEmailView = {
          id: uuidv7(),
          invoiceId: find(id).id,
          to: options.to ?? 'customer@example.com',
          language: options.language ?? 'en',
          status: 'queued',
          attempts: 0,
          lastError: null,
          nextAttemptAt: NOW,
          sentAt: null,
          createdAt: NOW,
        };
        return email;
      },
      getIssuer: async (scope, id) => {
        await sites.getOrganization(scope, id);
        const issuer = this.issuers.get(id);
        if (issuer === undefined) throw issuerNotSet();
        return issuer;
      },
      setIssuer: async (scope, id, issuer) => {
        await sites.getOrganization(scope, id);
        const view = { ...issuer, organizationId: id, updatedAt: NOW };
        const before = this.issuers.get(id) ?? null;
        this.issuers.set(id, view);
        return { before, after: view };
      },
    };
    this.documents = {
      pdf: async (_scope, id, language) => {
        this.seen.language = language;
        return { fileName: `invoice-${find(id).number}.pdf`, bytes: Buffer.from('%PDF-1.7 of a test') };
      },
    };
  }
}

function withoutDetails({ content: _content, emails: _emails, ...invoice }: InvoiceDetailView): InvoiceView {
  return invoice;
}

function sampleInvoice(
  organizationId: string,
  kind: InvoiceDetailView['kind'],
  sequenceNumber: number,
  creditsInvoiceId: string | null,
): InvoiceDetailView {
  const inclVat = { amount: '11.86', currency: 'EUR' };
  const party = { name: 'Operator', addressLines: ['Street 1'], taxId: null, email: null, language: 'en' as const };
  const charge = {
    cdrId: uuidv7(),
    kind: 'charge' as const,
    site: { name: 'Parkhaus am Markt', address: null },
    stationId: 'CP1',
    evseId: 1,
    idToken: null,
    timeZone: 'UTC',
    startedAt: NOW,
    endedAt: NOW,
    energyWh: 20450,
    tariffName: null,
    lines: [],
    exclVat: null,
    inclVat,
    creditsInvoiceNumber: null,
    reason: null,
  };
  return {
    id: uuidv7(),
    organizationId,
    kind,
    number: `2026-00000${sequenceNumber}`,
    series: '2026',
    sequenceNumber,
    accountId: null,
    customerName: null,
    issuedAt: NOW,
    periodFrom: null,
    periodTo: null,
    language: 'en',
    currency: 'EUR',
    recordCount: 1,
    exclVat: null,
    inclVat,
    creditsInvoiceId,
    creditedByInvoiceId: null,
    emailedAt: null,
    content: {
      issuer: { ...party, timeZone: 'UTC', note: null },
      customer: null,
      charges: [charge],
      vat: [],
      exclVat: null,
      inclVat,
      electricityFee: null,
      serviceFee: null,
      credits: null,
    },
    emails: [],
  };
}
