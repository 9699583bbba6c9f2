import type { Clock } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { CdrView } from '../contract/cdr.ts';
import type { InvoiceIssuer, InvoiceParty, InvoiceView } from '../contract/invoices.ts';
import { fromMoney } from '../money/minor-units.ts';
import type { RecordBackground } from './backgrounds.ts';
import { freezeContent } from './freeze-content.ts';
import { seriesOf } from './invoice-number.ts';
import {
  findCreditNote,
  findPartialCredit,
  insertInvoice,
  lockIssuing,
  type NewInvoice,
  readContent,
  readStandings,
  takeNumber,
} from './persistence/invoices-repository.ts';
import { reverseContent } from './reverse-content.ts';
import { selectRecords } from './select-records.ts';

export const partlyCredited = defineError(
  'invoice.partly_credited',
  'FailedPrecondition',
  'Something of this invoice was taken back by {number} already.',
);

/** What is to be invoiced, and for whom; nothing of it is stored yet. */
export interface Draft {
  readonly organizationId: Uuid;
  readonly accountId: Uuid | null;
  readonly issuer: InvoiceIssuer;
  readonly customer: InvoiceParty | null;
  /** At least one, of one currency, oldest first. */
  readonly records: readonly CdrView[];
  /** By record. */
  readonly backgrounds: ReadonlyMap<Uuid, RecordBackground>;
  readonly period: { readonly from: string; readonly to: string } | null;
}

export interface Issued {
  readonly kind: 'issued' | 'existed';
  readonly invoiceId: Uuid;
}

/**
 * `overtaken`: some of the records were invoiced since they were read, and not these alone. `nothing`: they are credits for what is on no
 * invoice, or was taken back with its whole invoice.
 */
export type IssueOutcome =
  | Issued
  | { readonly kind: 'overtaken'; readonly cdrId: Uuid; readonly invoiceId: Uuid }
  | { readonly kind: 'nothing' };

interface Context {
  readonly knex: Knex;
  readonly clock: Clock;
}

/**
 * Issues an invoice in one transaction: whatever fails in it takes the number back, too.
 *
 * @throws FailedPrecondition `invoice.record_inconsistent`
 */
export function issueInvoice({ knex, clock }: Context, draft: Draft): Promise<IssueOutcome> {
  return knex.transaction(async (trx): Promise<IssueOutcome> => {
    await lockIssuing(trx, draft.organizationId);
    const taken = await readStandings(
      trx,
      draft.records.map(({ id }) => id),
    );
    const [first] = taken;
    if (first !== undefined) {
      const { invoiceId, cdrId, recordCount } = first;
      const isSame =
        taken.length === draft.records.length &&
        recordCount === taken.length &&
        taken.every((record) => record.invoiceId === invoiceId);
      return isSame ? { kind: 'existed', invoiceId } : { kind: 'overtaken', cdrId, invoiceId };
    }

    const credited = await readStandings(
      trx,
      draft.records.flatMap(({ creditsCdrId }) => creditsCdrId ?? []),
    );
    const standings = new Map(credited.map((standing) => [standing.cdrId, standing]));
    const records = selectRecords(draft.records, standings);
    const [one] = records;
    if (one === undefined) return { kind: 'nothing' };

    const { issuer, customer, organizationId } = draft;
    const numbers = new Map(credited.map(({ cdrId, number }) => [cdrId, number]));
    const content = freezeContent(records, one.currency, { issuer, customer }, draft.backgrounds, numbers);
    const kind = fromMoney(content.inclVat) < 0n || isCreditAlone(records) ? 'credit-note' : 'invoice';
    const invoices = new Set(credited.map(({ invoiceId }) => invoiceId));
    const invoiceId = await store(trx, clock, {
      organizationId,
      kind,
      accountId: draft.accountId,
      period: draft.period,
      language: (customer ?? issuer).language,
      currency: one.currency,
      content,
      creditsInvoiceId: kind === 'credit-note' && invoices.size === 1 ? ([...invoices][0] ?? null) : null,
      creditsWhole: false,
      records: records.map(({ id, creditsCdrId }) => ({ cdrId: id, creditsCdrId })),
    });
    return { kind: 'issued', invoiceId };
  });
}

/**
 * Issues the note that takes a whole invoice back, unless there is one.
 *
 * @param invoice not a credit note
 * @throws FailedPrecondition `invoice.partly_credited`
 */
export function issueCreditNote({ knex, clock }: Context, invoice: InvoiceView, reason: string): Promise<Issued> {
  return knex.transaction(async (trx): Promise<Issued> => {
    await lockIssuing(trx, invoice.organizationId);
    const existing = await findCreditNote(trx, invoice.id);
    if (existing !== undefined) return { kind: 'existed', invoiceId: existing.id };
    const partly = await findPartialCredit(trx, invoice.id);
    if (partly !== undefined) throw partlyCredited({ number: partly });
    const content = reverseContent(await readContent(trx, invoice.id), invoice, reason);
    const invoiceId = await store(trx, clock, {
      organizationId: invoice.organizationId,
      kind: 'credit-note',
      accountId: invoice.accountId,
      period:
        invoice.periodFrom === null || invoice.periodTo === null
          ? null
          : { from: invoice.periodFrom, to: invoice.periodTo },
      language: invoice.language,
      currency: invoice.currency,
      content,
      creditsInvoiceId: invoice.id,
      creditsWhole: true,
      records: content.charges.map(({ cdrId }) => ({ cdrId, creditsCdrId: null })),
    });
    return { kind: 'issued', invoiceId };
  });
}

function isCreditAlone(records: readonly CdrView[]): boolean {
  return records.every(({ kind }) => kind === 'credit');
}

type Unnumbered = Omit<NewInvoice, 'id' | 'series' | 'number' | 'issuedAt' | 'exclVatMinor' | 'inclVatMinor'>;

async function store(trx: Knex.Transaction, clock: Clock, invoice: Unnumbered): Promise<Uuid> {
  const { content, organizationId, kind } = invoice;
  const now = clock.now();
  const id = uuidv7(now);
  const series = seriesOf(kind, now, content.issuer.timeZone);
  const { number, issuedAt } = await takeNumber(trx, organizationId, series, now);
  await insertInvoice(trx, {
    ...invoice,
    id,
    series,
    number,
    issuedAt,
    exclVatMinor: content.exclVat === null ? null : fromMoney(content.exclVat),
    inclVatMinor: fromMoney(content.inclVat),
  });
  return id;
}
