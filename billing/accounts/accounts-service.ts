import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { SitesPort } from '@voltpile/csms/contract/operator-ports';
import { type Clock, toIso } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { isUuid, type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { makePage, readPage } from '@voltpile/platform/database/id-page';
import { storableText } from '@voltpile/platform/database/storable-text';
import type { Knex } from 'knex';
import type { AccountGroupView, AccountsPort, AccountView } from '../contract/accounts.ts';
import { methodNotFound } from '../payment/payments.ts';
import { paymentsOff } from '../payment/payments-port.ts';
import { findAccount, insertAccount, listAccounts, updateAccount } from './accounts-repository.ts';
import { findGroup, insertGroup, listGroups, renameGroup } from './groups-repository.ts';

export const accountNotFound = defineError('account.not_found', 'NotFound', 'There is no account {accountId}.');
export const groupNotFound = defineError(
  'account_group.not_found',
  'NotFound',
  'There is no account group {groupId} in this organisation.',
);
export const groupExists = defineError(
  'account_group.exists',
  'Conflict',
  'The organisation has an account group {name} already.',
);
/** The same code that the stations' domain uses. */
export const organizationNotFound = defineError(
  'organization.not_found',
  'NotFound',
  'There is no organisation {organizationId}.',
);

const ACCOUNTS = 'accounts';
const GROUPS = 'account-groups';

const DEFAULTS = {
  email: null,
  language: 'en',
  status: 'active',
  paymentMode: 'prepaid',
  defaultPaymentMethodId: null,
  groupId: null,
  address: null,
  taxId: null,
} as const;

/** The cards that accounts have saved. */
export interface SavedCards {
  /** Whether the account has it still. */
  hasMethod(db: Knex, accountId: Uuid, id: Uuid): Promise<boolean>;
}

export interface AccountsServiceOptions {
  readonly knex: Knex;
  readonly clock: Clock;
  /** Of the stations' domain: whose organisations they are. */
  readonly sites: Pick<SitesPort, 'getOrganization' | 'listOrganizations'>;
  /** undefined: no payment provider is set up. */
  readonly cards?: SavedCards | undefined;
}

/** Accounts and their groups, as operators keep them. */
export function createAccountsService({ knex, clock, sites, cards }: AccountsServiceOptions): AccountsPort {
  /** Who may see single sites only can have none, so there is no organisation for it. */
  async function owner(scope: AccessScope, organizationId: Uuid | undefined): Promise<Uuid> {
    if (scope.kind === 'sites') throw organizationNotFound({ organizationId: organizationId ?? null });
    if (organizationId !== undefined) return (await sites.getOrganization(scope, organizationId)).id;
    const { items } = await sites.listOrganizations(scope, { limit: 1 });
    if (items[0] === undefined) throw organizationNotFound({ organizationId: null });
    return items[0].id;
  }

  /** With its group, which must be one of the same organisation. */
  async function checked(db: Knex, scope: AccessScope, view: AccountView): Promise<AccountView> {
    const { groupId, address } = view;
    if (groupId !== null) {
      const found = isUuid(groupId) ? await findGroup(db, scope, groupId) : undefined;
      if (found?.organizationId !== view.organizationId) throw groupNotFound({ groupId });
    }
    return {
      ...view,
      name: storableText(view.name),
      email: view.email === null ? null : storableText(view.email),
      taxId: view.taxId === null ? null : storableText(view.taxId),
      address:
        address === null
          ? null
          : {
              street: storableText(address.street),
              city: storableText(address.city),
              postalCode: address.postalCode === null ? null : storableText(address.postalCode),
              country: address.country.toUpperCase(),
            },
    };
  }

  /** How an account is to pay from now on must be possible. What was so before may stay: the provider may have been taken off since. */
  async function checkPayment(db: Knex, before: AccountView | null, after: AccountView): Promise<void> {
    const { paymentMode, defaultPaymentMethodId: methodId } = after;
    if (paymentMode === 'card' && before?.paymentMode !== 'card' && cards === undefined) throw paymentsOff();
    if (methodId === null || methodId === before?.defaultPaymentMethodId) return;
    if (cards === undefined) throw paymentsOff();
    const isSaved = isUuid(methodId) && (await cards.hasMethod(db, after.id, methodId));
    if (!isSaved) throw methodNotFound({ id: methodId });
  }

  async function getGroup(db: Knex, scope: AccessScope, id: Uuid): Promise<AccountGroupView> {
    const found = isUuid(id) ? await findGroup(db, scope, id) : undefined;
    if (found === undefined) throw groupNotFound({ groupId: id });
    return found;
  }

  return {
    async list(scope, filter, page) {
      const { limit, after } = readPage(ACCOUNTS, page);
      const search = filter.search === undefined ? undefined : storableText(filter.search);
      const views = await withDatabaseErrors(() => listAccounts(knex, scope, { ...filter, search }, after, limit + 1));
      return makePage(ACCOUNTS, views, limit);
    },

    get: (scope, id) => withDatabaseErrors(() => getAccount(knex, scope, id)),

    create: (scope, input) =>
      withDatabaseErrors(async () => {
        const { organizationId, ...facts } = input;
        const now = toIso(clock.now());
        const made: AccountView = {
          ...DEFAULTS,
          ...present(facts),
          name: input.name,
          kind: input.kind,
          currency: input.currency,
          id: uuidv7(),
          organizationId: await owner(scope, organizationId),
          createdAt: now,
          updatedAt: now,
        };
        const view = await checked(knex, scope, made);
        await checkPayment(knex, null, view);
        await insertAccount(knex, view);
        return view;
      }),

    update: (scope, id, change) =>
      withDatabaseErrors(() =>
        knex.transaction(async (trx) => {
          const before = await getAccount(trx, scope, id, { lock: true });
          const after = { ...before, ...present(change), updatedAt: toIso(clock.now()) };
          const view = await checked(trx, scope, after);
          await checkPayment(trx, before, view);
          await updateAccount(trx, view);
          return view;
        }),
      ),

    async listGroups(scope, { organizationId }, page) {
      const { limit, after } = readPage(GROUPS, page);
      const views = await withDatabaseErrors(() => listGroups(knex, scope, organizationId, after, limit + 1));
      return makePage(GROUPS, views, limit);
    },

    getGroup: (scope, id) => withDatabaseErrors(() => getGroup(knex, scope, id)),

    createGroup: (scope, { organizationId, name }) =>
      withDatabaseErrors(async () => {
        const view: AccountGroupView = {
          id: uuidv7(),
          organizationId: await owner(scope, organizationId),
          name: storableText(name),
          createdAt: toIso(clock.now()),
        };
        if (!(await insertGroup(knex, view))) throw groupExists({ name });
        return view;
      }),

    updateGroup: (scope, id, { name }) =>
      withDatabaseErrors(async () => {
        const before = await getGroup(knex, scope, id);
        const view = { ...before, name: name === undefined ? before.name : storableText(name) };
        if (!(await renameGroup(knex, view))) throw groupExists({ name: view.name });
        return view;
      }),
  };
}

/** The account, where the scope holds it. @throws NotFound `account.not_found` */
export async function getAccount(
  db: Knex,
  scope: AccessScope,
  id: Uuid,
  options: { readonly lock?: boolean } = {},
): Promise<AccountView> {
  const found = isUuid(id) ? await findAccount(db, scope, id, options) : undefined;
  if (found === undefined) throw accountNotFound({ accountId: id });
  return found;
}

/** A change without what is undefined. */
function present<T extends object>(change: T): { readonly [Name in keyof T]: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as never;
}
