import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { Uuid } from '@voltpile/kernel/ids';
import type { CdrView } from '../contract/cdr.ts';
import type { InvoiceIssuer, InvoiceParty } from '../contract/invoices.ts';
import type { TariffContent } from '../contract/tariff-content.ts';

/** What invoices are made of, in the words of whoever makes them: the composition says where it comes from. */

export interface UninvoicedFilter {
  readonly organizationId: Uuid;
  readonly accountId: Uuid;
  /** RFC 3339; on the end of the charge. `from` inclusive, `to` exclusive. */
  readonly from: string;
  readonly to: string;
  readonly currency?: string | undefined;
  /** At most so many. */
  readonly limit: number;
}

export interface CdrSource {
  /** Those that there are, in any order. */
  get(ids: readonly Uuid[]): Promise<CdrView[]>;
  /** Charges and credits that `billing.invoice_cdrs` does not name other than as reversals, by their end and id, oldest first. */
  uninvoiced(filter: UninvoicedFilter): Promise<CdrView[]>;
}

/** One version of a tariff. */
export interface TariffVersionRef {
  readonly id: Uuid;
  readonly version: number;
}

export interface TariffSource {
  /** What versions say, in the form in which they were entered. Those that there are, in any order. */
  contents(
    versions: readonly TariffVersionRef[],
  ): Promise<readonly (TariffVersionRef & { readonly content: TariffContent })[]>;
}

export interface AccountParty extends InvoiceParty {
  readonly organizationId: Uuid;
}

export interface PartySource {
  /** @throws NotFound where there is no such account */
  get(accountId: Uuid): Promise<AccountParty>;
}

export interface IssuerSource {
  /** undefined while nobody has said how invoices of the organisation are to look. */
  get(organizationId: Uuid): Promise<InvoiceIssuer | undefined>;
}

export interface OrganizationSource {
  /** @throws NotFound for an organisation that is not there, or outside the scope */
  getOrganization(scope: AccessScope, id: Uuid): Promise<unknown>;
}
