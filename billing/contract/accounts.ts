import type { AccessScope, Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import type { SiteAddress } from '@voltpile/csms/contract/operator-ports';
import type { Uuid } from '@voltpile/kernel/ids';

/** Who charges and pays. Id tokens point to an account by its id (`accountRef`). */

export const ACCOUNT_KINDS = ['driver', 'company', 'partner'] as const;
export type AccountKind = (typeof ACCOUNT_KINDS)[number];

/** In which an account is written to. */
export const ACCOUNT_LANGUAGES = ['en', 'zh'] as const;
export type AccountLanguage = (typeof ACCOUNT_LANGUAGES)[number];

/** Who is blocked does not start a charge. */
export const ACCOUNT_STATUSES = ['active', 'blocked'] as const;
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number];

/**
 * `prepaid`: from the wallet, which must have funds. `postpaid`: what was charged is owed, and invoiced later. `card`: an amount is held on a saved card
 * before each charge, and what it has cost is captured at its end.
 */
export const PAYMENT_MODES = ['prepaid', 'postpaid', 'card'] as const;
export type PaymentMode = (typeof PAYMENT_MODES)[number];

interface AccountFacts {
  readonly name: string;
  readonly email: string | null;
  readonly language: AccountLanguage;
  readonly status: AccountStatus;
  readonly paymentMode: PaymentMode;
  readonly groupId: Uuid | null;
  /** Of invoices, as is the tax id. */
  readonly address: SiteAddress | null;
  readonly taxId: string | null;
}

interface PaymentChoice {
  /** The saved card that charges are held on; null, or one that is not saved any more: the newest. */
  readonly defaultPaymentMethodId: Uuid | null;
}

type Partly<Facts> = { readonly [Name in keyof Facts]?: Facts[Name] | undefined };

/** What can be changed; absent and undefined: as it was. */
export type AccountChange = Partly<AccountFacts & PaymentChoice>;

/** Absent: no e-mail, group, address or tax id; `en`, active, prepaid; the first organisation of the scope. */
export interface AccountInput extends Partly<AccountFacts> {
  readonly organizationId?: Uuid | undefined;
  readonly kind: AccountKind;
  readonly name: string;
  /** Of the wallet; it stays. */
  readonly currency: string;
}

export interface AccountView extends AccountFacts, PaymentChoice {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly kind: AccountKind;
  readonly currency: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface AccountFilter {
  readonly organizationId?: Uuid | undefined;
  readonly kind?: AccountKind | undefined;
  readonly status?: AccountStatus | undefined;
  readonly paymentMode?: PaymentMode | undefined;
  readonly groupId?: Uuid | undefined;
  /** Name or e-mail contain it, without regard to case. */
  readonly search?: string | undefined;
}

/** Accounts that have prices, or invoices, in common. */
export interface AccountGroupView {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly name: string;
  readonly createdAt: string;
}

/**
 * Accounts belong to an organisation as a whole: who may see single sites only sees none. All of it throws Unavailable
 * `database.unavailable`; lists throw InvalidArgument `list.bad_cursor`, `list.bad_limit`.
 */
export interface AccountsPort {
  /** Newest first. */
  list(scope: AccessScope, filter: AccountFilter, page: PageRequest): Promise<Page<AccountView>>;
  /** @throws NotFound `account.not_found` */
  get(scope: AccessScope, id: Uuid): Promise<AccountView>;
  /**
   * @throws NotFound `organization.not_found`, `account_group.not_found` (of that organisation); FailedPrecondition `payment.off` (by card, and no
   *   payment provider is set up)
   */
  create(scope: AccessScope, input: AccountInput): Promise<AccountView>;
  /**
   * @throws NotFound `account.not_found`, `account_group.not_found` (of that organisation), `payment.method_not_found` (of that account);
   *   FailedPrecondition `payment.off` (by card from now on, and no payment provider is set up)
   */
  update(scope: AccessScope, id: Uuid, change: AccountChange): Promise<AccountView>;
  /** Newest first. */
  listGroups(
    scope: AccessScope,
    filter: { readonly organizationId?: Uuid | undefined },
    page: PageRequest,
  ): Promise<Page<AccountGroupView>>;
  /** @throws NotFound `account_group.not_found` */
  getGroup(scope: AccessScope, id: Uuid): Promise<AccountGroupView>;
  /** @throws NotFound `organization.not_found`; Conflict `account_group.exists` */
  createGroup(
    scope: AccessScope,
    input: { readonly organizationId?: Uuid | undefined; readonly name: string },
  ): Promise<AccountGroupView>;
  /** @throws NotFound `account_group.not_found`; Conflict `account_group.exists` */
  updateGroup(scope: AccessScope, id: Uuid, change: { readonly name?: string | undefined }): Promise<AccountGroupView>;
}
