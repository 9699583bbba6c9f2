import type { AccessScope, Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import type { Uuid } from '@voltpile/kernel/ids';
import type { CdrLine, CdrSite, CdrVat } from './cdr.ts';
import type { Rate } from './half-hour-tariff.ts';
import type { Money } from './money.ts';

/**
 * Invoices and credit notes for charge detail records. What is printed is frozen when an invoice is issued; it is never changed or removed, and
 * its numbers have no gaps. {@link InvoicesPort} has everything that is told in JSON, {@link InvoiceDocuments} the bytes.
 */

/** Languages that invoices are printed in. */
export const INVOICE_LANGUAGES = ['en', 'zh'] as const;
export type InvoiceLanguage = (typeof INVOICE_LANGUAGES)[number];

export const INVOICE_KINDS = ['invoice', 'credit-note'] as const;
export type InvoiceKind = (typeof INVOICE_KINDS)[number];

/** Charge detail records on one invoice. */
export const MAX_INVOICE_CDRS = 10_000;
/** A little more than a year, for one invoice. */
export const MAX_INVOICE_DAYS = 400;

/** Somebody whom an invoice names. */
export interface InvoiceParty {
  readonly name: string;
  /** Street, postal code and city, country: as they are to be printed, a line each. */
  readonly addressLines: readonly string[];
  readonly taxId: string | null;
  readonly email: string | null;
  readonly language: InvoiceLanguage;
}

/** The operator, as its invoices show it. */
export interface InvoiceIssuer extends InvoiceParty {
  /** In which the dates of its invoices are, and the year of their numbers. */
  readonly timeZone: string;
  /** At the foot of each invoice: bank, register, whatever the law wants to be there. */
  readonly note: string | null;
}

export interface InvoiceIssuerView extends InvoiceIssuer {
  readonly organizationId: Uuid;
  readonly updatedAt: string;
}

export interface InvoiceView {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly kind: InvoiceKind;
  /** As it is printed: series and number. */
  readonly number: string;
  readonly series: string;
  readonly sequenceNumber: number;
  /** null: whoever charged has no account. */
  readonly accountId: Uuid | null;
  readonly customerName: string | null;
  readonly issuedAt: string;
  /** Of an invoice for a time: on the ends of the charges; from inclusive, to exclusive. */
  readonly periodFrom: string | null;
  readonly periodTo: string | null;
  readonly language: InvoiceLanguage;
  readonly currency: string;
  readonly recordCount: number;
  /** null where prices of at least one record hold their tax. */
  readonly exclVat: Money | null;
  readonly inclVat: Money;
  /** Of a credit note: the invoice that it is for. null where it is for records of several. */
  readonly creditsInvoiceId: Uuid | null;
  /** Of an invoice: the note that takes all of it back. */
  readonly creditedByInvoiceId: Uuid | null;
  /** When it was last sent by e-mail. */
  readonly emailedAt: string | null;
}

/** One record, as it is printed. */
export interface InvoicedCharge {
  readonly cdrId: Uuid;
  readonly kind: 'charge' | 'credit';
  /** null on invoices from before that was kept. */
  readonly site: CdrSite | null;
  readonly stationId: string;
  readonly evseId: number | null;
  readonly idToken: string | null;
  readonly timeZone: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly energyWh: number;
  readonly tariffName: string | null;
  readonly lines: readonly InvoicedLine[];
  readonly exclVat: Money | null;
  readonly inclVat: Money;
  /** Of a credit: the invoice that the record is on which it takes back. null: it is on this one. */
  readonly creditsInvoiceNumber: string | null;
  readonly reason: string | null;
}

export interface InvoicedLine
  extends Pick<CdrLine, 'dimension' | 'quantity' | 'unit' | 'price' | 'vatPercent' | 'amount'> {
  /** It brings the sum to the least or the most of the tariff: not a quantity of anything. */
  readonly isAdjustment: boolean;
  /** To which of the two; null of other lines. */
  readonly limit: InvoicedLimit | null;
  /** At which of 尖峰平谷 electricity or service was charged. Empty under other tariffs, and on invoices from before that was kept. */
  readonly rates: readonly Rate[];
}

/** Which sides of an amount a tariff bounds, as decimals in its currency. Both null on invoices from before that was kept. */
export interface InvoicedLimit {
  readonly kind: 'least' | 'most';
  readonly exclVat: string | null;
  readonly inclVat: string | null;
}

/** Everything that is printed, frozen when the invoice is issued. */
export interface InvoiceContent {
  readonly issuer: InvoiceIssuer;
  readonly customer: InvoiceParty | null;
  readonly charges: readonly InvoicedCharge[];
  /** By rate, falling. Last the rate null: what brings charges of several rates to the least or most of their tariff. */
  readonly vat: readonly CdrVat[];
  readonly exclVat: Money | null;
  readonly inclVat: Money;
  /** In China: what of it is for energy, what for service. */
  readonly electricityFee: Money | null;
  readonly serviceFee: Money | null;
  /** Of a credit note for a whole invoice. */
  readonly credits: { readonly number: string; readonly issuedAt: string; readonly reason: string } | null;
}

export interface InvoiceDetailView extends InvoiceView {
  readonly content: InvoiceContent;
  /** The newest 20, newest first. */
  readonly emails: readonly InvoiceEmailView[];
}

/** `queued`: is being tried. `failed`: given up. */
export const INVOICE_EMAIL_STATUSES = ['queued', 'sent', 'failed'] as const;

export interface InvoiceEmailView {
  readonly id: Uuid;
  readonly invoiceId: Uuid;
  readonly to: string;
  readonly language: InvoiceLanguage;
  readonly status: (typeof INVOICE_EMAIL_STATUSES)[number];
  readonly attempts: number;
  /** What the mail server said last. */
  readonly lastError: string | null;
  readonly nextAttemptAt: string | null;
  readonly sentAt: string | null;
  readonly createdAt: string;
}

export interface InvoiceFilter {
  readonly organizationId?: Uuid | undefined;
  readonly accountId?: Uuid | undefined;
  /** Invoices and credit notes that name it. */
  readonly cdrId?: Uuid | undefined;
  readonly kind?: InvoiceKind | undefined;
  /** RFC 3339; on the issue. `from` inclusive, `to` exclusive. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** For one record, or for all of an account's records that are on no invoice and ended in that time. */
export type InvoiceRequest =
  | { readonly cdrId: Uuid }
  | {
      readonly accountId: Uuid;
      /** RFC 3339; inclusive. */
      readonly from: string;
      /** Exclusive. */
      readonly to: string;
      /** Needed only where the account was charged in several. */
      readonly currency?: string | undefined;
    };

/** `isNew` false: what was asked for had been issued before. */
export interface IssuedInvoice {
  readonly invoice: InvoiceView;
  readonly isNew: boolean;
}

export interface InvoicesPort {
  list(scope: AccessScope, filter: InvoiceFilter, page: PageRequest): Promise<Page<InvoiceView>>;
  /** @throws NotFound `invoice.not_found` */
  get(scope: AccessScope, id: Uuid): Promise<InvoiceDetailView>;
  /**
   * Issues an invoice. The same records asked for again give the same invoice. A credit record alone, and a time in which more was credited than
   * charged, give a credit note.
   *
   * @throws InvalidArgument `invoice.bad_period`; NotFound `invoice.record_not_found`, `invoice.account_not_found`;
   *   FailedPrecondition `invoice.no_issuer`, `invoice.nothing_to_invoice`, `invoice.too_many_records`, `invoice.several_currencies`,
   *   `invoice.record_credited`, `invoice.record_not_creditable`, `invoice.record_inconsistent`; Conflict `invoice.already_invoiced`
   */
  issue(scope: AccessScope, request: InvoiceRequest): Promise<IssuedInvoice>;
  /**
   * Issues the credit note that takes a whole invoice back; there is at most one. The records stay invoiced.
   *
   * @throws NotFound `invoice.not_found`; FailedPrecondition `invoice.is_credit_note`, `invoice.partly_credited`
   */
  credit(scope: AccessScope, id: Uuid, reason: string): Promise<IssuedInvoice>;
  /**
   * Puts an invoice into the queue of e-mails. While one to the same address waits, it is that one.
   *
   * @param options.to absent: the customer's address, as it was when the invoice was issued
   * @throws NotFound `invoice.not_found`; FailedPrecondition `invoice.mail_off`, `invoice.no_recipient`, `invoice.too_many_mails`
   */
  email(
    scope: AccessScope,
    id: Uuid,
    options: { readonly to?: string | undefined; readonly language?: InvoiceLanguage | undefined },
  ): Promise<InvoiceEmailView>;
  /** @throws NotFound of the organisation, `invoice.issuer_not_set` */
  getIssuer(scope: AccessScope, organizationId: Uuid): Promise<InvoiceIssuerView>;
  /** For invoices that are issued from now on. @throws NotFound of the organisation; InvalidArgument `invoice.bad_time_zone` */
  setIssuer(
    scope: AccessScope,
    organizationId: Uuid,
    issuer: InvoiceIssuer,
  ): Promise<{ readonly before: InvoiceIssuerView | null; readonly after: InvoiceIssuerView }>;
}

export interface InvoiceDocument {
  /** ASCII, without folders. */
  readonly fileName: string;
  readonly bytes: Uint8Array;
}

export interface InvoiceDocuments {
  /**
   * The invoice as PDF: of the same invoice and language always the same bytes.
   *
   * @param language null: the invoice's own
   * @throws NotFound `invoice.not_found`; Unavailable `invoice.renderer_busy`
   */
  pdf(scope: AccessScope, id: Uuid, language: InvoiceLanguage | null): Promise<InvoiceDocument>;
}
