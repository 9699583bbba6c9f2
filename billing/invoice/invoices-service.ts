import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { Clock } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import type { Uuid } from '@voltpile/kernel/ids';
import { isZoneName } from '@voltpile/kernel/zone-name';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { makePage, readPage } from '@voltpile/platform/database/id-page';
import type { Knex } from 'knex';
import type { CdrView } from '../contract/cdr.ts';
import {
  type InvoiceIssuer,
  type InvoiceRequest,
  type InvoicesPort,
  type InvoiceView,
  type IssuedInvoice,
  MAX_INVOICE_CDRS,
  MAX_INVOICE_DAYS,
} from '../contract/invoices.ts';
import { readBackgrounds } from './backgrounds.ts';
import { type Draft, type Issued, type IssueOutcome, issueCreditNote, issueInvoice } from './issue-invoice.ts';
import type { MailQueue } from './mail/mail-queue.ts';
import {
  findForPeriod,
  listInvoices,
  readContent,
  readInvoice,
  readStandings,
} from './persistence/invoices-repository.ts';
import { readIssuer, writeIssuer } from './persistence/issuers-repository.ts';
import { newestMails } from './persistence/mails-repository.ts';
import type { CdrSource, IssuerSource, OrganizationSource, PartySource, TariffSource } from './sources.ts';

export const invoiceNotFound = defineError('invoice.not_found', 'NotFound', 'There is no invoice {id}.');
export const recordNotFound = defineError(
  'invoice.record_not_found',
  'NotFound',
  'There is no charge detail record {cdrId}.',
);
export const organizationNotFound = defineError(
  'organization.not_found',
  'NotFound',
  'There is no organisation {organizationId}.',
);
export const accountNotFound = defineError('invoice.account_not_found', 'NotFound', 'There is no account {accountId}.');
export const issuerNotSet = defineError(
  'invoice.issuer_not_set',
  'NotFound',
  'Nobody has said yet whom invoices of organisation {organizationId} are from.',
);
export const noIssuer = defineError(
  'invoice.no_issuer',
  'FailedPrecondition',
  'Say first whom invoices of organisation {organizationId} are from (PUT /organizations/{organizationId}/invoice-issuer).',
);
export const badPeriod = defineError(
  'invoice.bad_period',
  'InvalidArgument',
  'The time of an invoice begins before it ends and has at most {days} days.',
);
export const badTimeZone = defineError('invoice.bad_time_zone', 'InvalidArgument', '{timeZone} is no time zone.');
export const nothingToInvoice = defineError(
  'invoice.nothing_to_invoice',
  'FailedPrecondition',
  'The account has no records in that time that can be invoiced.',
);
export const tooManyRecords = defineError(
  'invoice.too_many_records',
  'FailedPrecondition',
  'An invoice has at most {most} records; invoice a shorter time.',
);
export const severalCurrencies = defineError(
  'invoice.several_currencies',
  'FailedPrecondition',
  'The account was charged in several currencies ({currencies}); say for which one the invoice is.',
);
export const recordCredited = defineError(
  'invoice.record_credited',
  'FailedPrecondition',
  'Record {cdrId} was taken back by record {creditedByCdrId}: nothing is to be invoiced.',
);
export const recordNotCreditable = defineError(
  'invoice.record_not_creditable',
  'FailedPrecondition',
  'What record {cdrId} takes back is on no invoice, or was taken back with its whole invoice.',
);
export const alreadyInvoiced = defineError(
  'invoice.already_invoiced',
  'Conflict',
  'Record {cdrId} is on invoice {invoiceId} together with others.',
);
export const isCreditNote = defineError(
  'invoice.is_credit_note',
  'FailedPrecondition',
  'A credit note cannot be taken back.',
);

export interface InvoicesOptions {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly cdrs: CdrSource;
  readonly tariffs: TariffSource;
  readonly parties: PartySource;
  readonly issuers: IssuerSource;
  readonly organizations: OrganizationSource;
  readonly mails: MailQueue;
}

const LIST = 'invoices';
const DAY_MS = 86_400_000;
/** New records may come in while an invoice is made; then it is made once more. */
const MAX_ATTEMPTS = 3;

export function createInvoicesService(options: InvoicesOptions): InvoicesPort {
  const { knex, clock, cdrs, parties, issuers, organizations, mails } = options;

  async function known(scope: AccessScope, id: Uuid): Promise<InvoiceView> {
    const invoice = await withDatabaseErrors(() => readInvoice(knex, scope, id));
    if (invoice === undefined) throw invoiceNotFound({ id });
    return invoice;
  }

  async function issuerOf(organizationId: Uuid): Promise<InvoiceIssuer> {
    const issuer = await issuers.get(organizationId);
    if (issuer === undefined) throw noIssuer({ organizationId });
    return issuer;
  }

  /** @throws NotFound `organization.not_found` also for somebody who may see single sites of it: whom its invoices are from is not theirs */
  async function checkOwner(scope: AccessScope, organizationId: Uuid): Promise<void> {
    if (!sees(scope, organizationId)) throw organizationNotFound({ organizationId });
    await organizations.getOrganization(scope, organizationId);
  }

  async function issueForRecord(scope: AccessScope, cdrId: Uuid): Promise<IssuedInvoice> {
    const [record] = await cdrs.get([cdrId]);
    if (record === undefined || !sees(scope, record.organizationId)) throw recordNotFound({ cdrId });
    const [standing] = await withDatabaseErrors(() => readStandings(knex, [cdrId]));
    if (standing !== undefined) {
      if (standing.recordCount > 1) throw alreadyInvoiced({ cdrId, invoiceId: standing.invoiceId });
      return { invoice: await known(scope, standing.invoiceId), isNew: false };
    }
    if (record.creditedByCdrId !== null) throw recordCredited({ cdrId, creditedByCdrId: record.creditedByCdrId });
    const { organizationId, accountId } = record;
    const issuer = await issuerOf(organizationId);
    const customer = accountId === null ? null : await parties.get(accountId);
    const records = [record];
    const backgrounds = await readBackgrounds(options, records);
    const draft: Draft = { organizationId, accountId, issuer, customer, records, backgrounds, period: null };
    const outcome = await withDatabaseErrors(() => issueInvoice({ knex, clock }, draft));
    if (outcome.kind === 'overtaken') throw alreadyInvoiced({ cdrId, invoiceId: outcome.invoiceId });
    if (outcome.kind === 'nothing') throw recordNotCreditable({ cdrId });
    return shown(scope, outcome);
  }

  async function issueForPeriod(
    scope: AccessScope,
    request: Extract<InvoiceRequest, { accountId: Uuid }>,
  ): Promise<IssuedInvoice> {
    const { accountId, currency } = request;
    const period = readPeriod(request.from, request.to);
    const customer = await parties.get(accountId);
    const { organizationId } = customer;
    if (!sees(scope, organizationId)) throw accountNotFound({ accountId });
    const issuer = await issuerOf(organizationId);
    for (let attempt = 1; ; attempt++) {
      const filter = { organizationId, accountId, ...period, currency, limit: MAX_INVOICE_CDRS + 1 };
      const records = await cdrs.uninvoiced(filter);
      if (records.length > MAX_INVOICE_CDRS) throw tooManyRecords({ most: MAX_INVOICE_CDRS });
      refuseSeveralCurrencies(records);
      const backgrounds = await readBackgrounds(options, records);
      const draft: Draft = { organizationId, accountId, issuer, customer, records, backgrounds, period };
      const outcome: IssueOutcome =
        records.length === 0
          ? { kind: 'nothing' }
          : await withDatabaseErrors(() => issueInvoice({ knex, clock }, draft));
      if (outcome.kind === 'nothing') {
        const before = await withDatabaseErrors(() => findForPeriod(knex, accountId, period, currency));
        if (before === undefined) throw nothingToInvoice();
        return { invoice: await known(scope, before.id), isNew: false };
      }
      if (outcome.kind !== 'overtaken') return shown(scope, outcome);
      if (attempt === MAX_ATTEMPTS) throw alreadyInvoiced({ cdrId: outcome.cdrId, invoiceId: outcome.invoiceId });
    }
  }

  async function shown(scope: AccessScope, outcome: Issued): Promise<IssuedInvoice> {
    return { invoice: await known(scope, outcome.invoiceId), isNew: outcome.kind === 'issued' };
  }

  return {
    async list(scope, filter, page) {
      const { limit, after } = readPage(LIST, page);
      const rows = await withDatabaseErrors(() => listInvoices(knex, scope, filter, after, limit + 1));
      return makePage(LIST, rows, limit);
    },
    async get(scope, id) {
      const invoice = await known(scope, id);
      const [content, emails] = await withDatabaseErrors(() =>
        Promise.all([readContent(knex, id), newestMails(knex, id)]),
      );
      return { ...invoice, content, emails };
    },
    issue: (scope, request) =>
      'cdrId' in request ? issueForRecord(scope, request.cdrId) : issueForPeriod(scope, request),
    async credit(scope, id, reason) {
      const invoice = await known(scope, id);
      if (invoice.kind === 'credit-note') throw isCreditNote();
      const outcome = await withDatabaseErrors(() => issueCreditNote({ knex, clock }, invoice, reason));
      return shown(scope, outcome);
    },
    async email(scope, id, options) {
      const invoice = await known(scope, id);
      return mails.put(invoice, options);
    },
    async getIssuer(scope, organizationId) {
      await checkOwner(scope, organizationId);
      const issuer = await withDatabaseErrors(() => readIssuer(knex, organizationId));
      if (issuer === undefined) throw issuerNotSet({ organizationId });
      return issuer;
    },
    async setIssuer(scope, organizationId, issuer) {
      await checkOwner(scope, organizationId);
      if (!isZoneName(issuer.timeZone)) throw badTimeZone({ timeZone: issuer.timeZone });
      return withDatabaseErrors(async () => {
        const before = (await readIssuer(knex, organizationId)) ?? null;
        return { before, after: await writeIssuer(knex, organizationId, issuer, clock.now()) };
      });
    },
  };
}

/** Invoices belong to an organisation as a whole: somebody who may see single sites sees none. */
function sees(scope: AccessScope, organizationId: Uuid): boolean {
  return (
    scope.kind === 'everything' || (scope.kind === 'organizations' && scope.organizationIds.includes(organizationId))
  );
}

function readPeriod(from: string, to: string): { readonly from: string; readonly to: string } {
  const [begin, end] = [Date.parse(from), Date.parse(to)];
  if (!(begin < end) || end - begin > MAX_INVOICE_DAYS * DAY_MS) throw badPeriod({ days: MAX_INVOICE_DAYS });
  return { from: new Date(begin).toISOString(), to: new Date(end).toISOString() };
}

function refuseSeveralCurrencies(records: readonly CdrView[]): void {
  const currencies = [...new Set(records.map(({ currency }) => currency))].toSorted();
  if (currencies.length > 1) throw severalCurrencies({ currencies });
}
