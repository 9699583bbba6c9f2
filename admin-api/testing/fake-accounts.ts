import type { AccountGroupView, AccountsPort, AccountView } from '@voltpile/billing/contract/accounts';
import type {
  LedgerBalanceView,
  LedgerEntryView,
  LedgerPort,
  LedgerProofView,
} from '@voltpile/billing/contract/ledger';
import type { ReceivedPaymentsPort, ReceivedPaymentView } from '@voltpile/billing/contract/received-payments';
import type { HoldView, WalletMovementView, WalletsPort, WalletView } from '@voltpile/billing/contract/wallets';
import type { AccessScope, Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import { defineError } from '@voltpile/kernel/errors';
import { uuidv7 } from '@voltpile/kernel/ids';

const NOW = '2026-05-01T00:00:00.000Z';

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

const accountNotFound = defineError('account.not_found', 'NotFound', 'There is no account {accountId}.');
const groupNotFound = defineError('account_group.not_found', 'NotFound', 'There is no group {groupId}.');
const groupExists = defineError('account_group.exists', 'Conflict', 'There is a group {name} already.');
const receivedNotFound = defineError('received_payment.not_found', 'NotFound', 'There is no received payment {id}.');
const entryNotFound = defineError('ledger.entry_not_found', 'NotFound', 'There is no such entry.');

/** Accounts and books in memory, for tests of the API: no rules, but pages, scopes and errors as the contract promises them. */
export class FakeAccounts {
  readonly accountRows: AccountView[] = [];
  readonly groupRows: AccountGroupView[] = [];
  readonly movementRows: WalletMovementView[] = [];
  readonly holdRows: HoldView[] = [];
  readonly entryRows: LedgerEntryView[] = [];
  readonly balanceRows: LedgerBalanceView[] = [];
  readonly proofRows: LedgerProofView[] = [];
  readonly receivedRows: ReceivedPaymentView[] = [];
  /** Keys of received payments with their ids. */
  readonly receivedKeys = new Map<string, string>();
  /** Keys of top-ups with what they made. */
  readonly topUps = new Map<string, string>();
  /** What the lists were filtered by last. */
  lastFilter: object = {};
  readonly accounts: AccountsPort;
  readonly wallets: WalletsPort;
  readonly receivedPayments: ReceivedPaymentsPort;
  readonly ledger: LedgerPort;

  constructor(organizationId: string) {
    const filtered = <T>(rows: readonly T[], filter: object, page: PageRequest): Page<T> => {
      this.lastFilter = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
      return paged(rows, page);
    };
    const seen = <T extends { readonly organizationId: string }>(scope: AccessScope, rows: readonly T[]): T[] =>
      rows.filter((row) => {
        return (
          scope.kind === 'everything' ||
          (scope.kind === 'organizations' && scope.organizationIds.includes(row.organizationId))
        );
      });
    const account = (scope: AccessScope, id: string): AccountView => {
      const found = seen(scope, this.accountRows).find((row) => row.id === id);
      if (found === undefined) throw accountNotFound({ accountId: id });
      return found;
    };
    const group = (scope: AccessScope, id: string): AccountGroupView => {
      const found = seen(scope, this.groupRows).find((row) => row.id === id);
      if (found === undefined) throw groupNotFound({ groupId: id });
      return found;
    };
    const wallet = ({ id, currency }: AccountView): WalletView => {
      const nothing = { amount: '0.00', currency };
      return { accountId: id, available: nothing, held: nothing, owed: nothing, owedInOtherCurrencies: [] };
    };
    this.accounts = {
      list: async (scope, filter, page) => filtered(seen(scope, this.accountRows), filter, page),
      get: async (scope, id) => account(scope, id),
      create: async (_scope, input) => {
        const made: AccountView = {
          ...DEFAULTS,
          ...(input as Omit<AccountView, keyof typeof DEFAULTS>),
          id: uuidv7(),
          organizationId: input.organizationId ?? organizationId,
          createdAt: NOW,
          updatedAt: NOW,
        };
        this.accountRows.unshift(made);
        return made;
      },
      update: async (scope, id, change) => {
        const before = account(scope, id);
        const after = { ...before, ...change } as AccountView;
        this.accountRows[this.accountRows.indexOf(before)] = after;
        return after;
      },
      listGroups: async (scope, filter, page) => filtered(seen(scope, this.groupRows), filter, page),
      getGroup: async (scope, id) => group(scope, id),
      createGroup: async (_scope, input) => {
        const { name } = input;
        if (this.groupRows.some((row) => row.name === name)) throw groupExists({ name });
        const made = { id: uuidv7(), organizationId: input.organizationId ?? organizationId, name, createdAt: NOW };
        this.groupRows.unshift(made);
        return made;
      },
      updateGroup: async (scope, id, { name }) => {
        const before = group(scope, id);
        const after = { ...before, name: name ?? before.name };
        this.groupRows[this.groupRows.indexOf(before)] = after;
        return after;
      },
    };
    this.wallets = {
      get: async (scope, id) => wallet(account(scope, id)),
      topUp: async (scope, id, { idempotencyKey }) => {
        const of = account(scope, id);
        const known = this.topUps.get(idempotencyKey);
        const entryId = known ?? uuidv7();
        this.topUps.set(idempotencyKey, entryId);
        return { entryId, isNew: known === undefined, wallet: wallet(of) };
      },
      statement: async (scope, id, page) => {
        account(scope, id);
        return paged(this.movementRows, page);
      },
      holds: async (scope, id, filter, page) => {
        account(scope, id);
        return filtered(this.holdRows, filter, page);
      },
    };
    const received = (scope: AccessScope, id: string): ReceivedPaymentView => {
      const found = seen(scope, this.receivedRows).find((row) => row.id === id);
      if (found === undefined) throw receivedNotFound({ id });
      return found;
    };
    this.receivedPayments = {
      list: async (scope, filter, page) => filtered(seen(scope, this.receivedRows), filter, page),
      get: async (scope, id) => received(scope, id),
      book: async (scope, accountId, { idempotencyKey, keepCredit: _, ...facts }) => {
        const of = account(scope, accountId);
        const known = this.receivedKeys.get(idempotencyKey);
        if (known !== undefined) return { payment: received(scope, known), isNew: false, wallet: wallet(of) };
        const id = uuidv7();
        const made = { id, organizationId: of.organizationId, accountId, state: 'booked', entryId: uuidv7() } as const;
        const payment: ReceivedPaymentView = { ...made, ...facts, recordedAt: NOW, reversal: null };
        this.receivedRows.unshift(payment);
        this.receivedKeys.set(idempotencyKey, id);
        return { payment, isNew: true, wallet: wallet(of) };
      },
      reverse: async (scope, id, more) => {
        const before = received(scope, id);
        const reversal = { ...more, entryId: uuidv7(), reversedAt: NOW };
        const payment: ReceivedPaymentView = { ...before, state: 'reversed', reversal };
        this.receivedRows[this.receivedRows.indexOf(before)] = payment;
        return { payment, wallet: wallet(account(scope, before.accountId)) };
      },
    };
    this.ledger = {
      listEntries: async (scope, filter, page) => filtered(seen(scope, this.entryRows), filter, page),
      getEntry: async (scope, id) => {
        const found = seen(scope, this.entryRows).find((row) => row.id === id);
        if (found === undefined) throw entryNotFound();
        return found;
      },
      listBalances: async (scope, filter, page) => filtered(seen(scope, this.balanceRows), filter, page),
      listProofs: async (page) => paged(this.proofRows, page),
      prove: async () => {
        const made = {
          id: uuidv7(),
          startedAt: NOW,
          finishedAt: NOW,
          isSound: true,
          checks: ['all'],
          findings: [],
          unanswered: [],
        };
        this.proofRows.unshift(made);
        return made;
      },
    };
  }
}

function paged<T>(all: readonly T[], { limit, cursor }: PageRequest): Page<T> {
  const start = Number(cursor ?? 0);
  const end = start + limit;
  return { items: all.slice(start, end), nextCursor: end < all.length ? String(end) : null };
}
