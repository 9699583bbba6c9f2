import type { AccountsPort } from '@voltpile/billing/contract/accounts';
import type { WalletsPort } from '@voltpile/billing/contract/wallets';
import { uuidv7 } from '@voltpile/kernel/ids';
import { defineRoute, type Route } from '../http/route.ts';
import {
  accountChange,
  accountInput,
  accountKind,
  accountStatus,
  accountView,
  paymentMode,
} from '../schemas/account.ts';
import { pageOf, pageQuery, text, uuid, uuidParams } from '../schemas/common.ts';
import { holdState, holdView, topUpInput, topUpView, walletMovementView, walletView } from '../schemas/wallet.ts';

const tag = 'accounts';

export function accountRoutes(accounts: AccountsPort, wallets: WalletsPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/accounts',
      operationId: 'listAccounts',
      tag,
      summary: 'List accounts, newest first',
      permission: 'account.read',
      query: pageQuery.extend({
        organizationId: uuid.optional(),
        kind: accountKind.optional(),
        status: accountStatus.optional(),
        paymentMode: paymentMode.optional(),
        groupId: uuid.optional(),
        search: text(1, 200).optional().meta({
          description: 'Name or e-mail contain this text, without regard to case.',
        }),
      }),
      responses: { 200: { description: 'A page.', schema: pageOf(accountView) } },
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await accounts.list(caller.scope, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/accounts',
      operationId: 'createAccount',
      tag,
      summary: 'Add an account',
      description: 'Id tokens charge for it as soon as their `accountRef` is its id.',
      permission: 'account.write',
      body: accountInput,
      responses: {
        201: { description: 'Made.', schema: accountView, headers: { Location: 'Where the account is.' } },
      },
      handle: async ({ caller, body }) => {
        const made = await accounts.create(caller.scope, body);
        return {
          status: 201,
          json: made,
          headers: { Location: `/api/v1/accounts/${made.id}` },
          audit: { action: 'account.create', objectType: 'account', objectId: made.id, after: made },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/accounts/{id}',
      operationId: 'getAccount',
      tag,
      summary: 'Get an account',
      permission: 'account.read',
      params: uuidParams,
      responses: { 200: { description: 'The account.', schema: accountView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await accounts.get(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'patch',
      path: '/api/v1/accounts/{id}',
      operationId: 'updateAccount',
      tag,
      summary: 'Change an account',
      permission: 'account.write',
      params: uuidParams,
      body: accountChange,
      responses: { 200: { description: 'The account as it is now.', schema: accountView } },
      handle: async ({ caller, params, body }) => {
        const before = await accounts.get(caller.scope, params.id);
        const after = await accounts.update(caller.scope, params.id, body);
        return {
          status: 200,
          json: after,
          audit: { action: 'account.update', objectType: 'account', objectId: params.id, before, after },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/accounts/{id}/wallet',
      operationId: 'getWallet',
      tag,
      summary: 'What an account has',
      permission: 'account.read',
      params: uuidParams,
      responses: { 200: { description: 'The wallet.', schema: walletView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await wallets.get(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/accounts/{id}/wallet/top-ups',
      operationId: 'topUpWallet',
      tag,
      summary: 'Put money into a wallet that was paid by hand',
      description:
        'Cash, a bank transfer. With an `Idempotency-Key` it is done once however often the request comes, also when the answer was lost: the key is ' +
        'kept with the entry of the ledger.',
      permission: 'account.write',
      intent: { action: 'account.top-up', objectType: 'account' },
      params: uuidParams,
      body: topUpInput,
      responses: {
        201: { description: 'Done.', schema: topUpView, headers: { Location: 'Where the entry of the ledger is.' } },
        200: {
          description: 'It had been done before.',
          schema: topUpView,
          headers: { Location: 'Where the entry of the ledger is.' },
        },
      },
      handle: async ({ caller, params, body, idempotencyKey }) => {
        const key = `${caller.userId}/${idempotencyKey ?? uuidv7()}`;
        const { entryId, isNew, wallet } = await wallets.topUp(caller.scope, params.id, {
          ...body,
          idempotencyKey: key,
        });
        return {
          status: isNew ? 201 : 200,
          json: { entryId, wallet },
          headers: { Location: `/api/v1/ledger/entries/${entryId}` },
          // Also of one that had been done before: its own answer, and with it this note, may have been lost.
          audit: { action: 'account.top-up', objectType: 'account', objectId: params.id, after: { ...body, entryId } },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/accounts/{id}/wallet/statement',
      operationId: 'getWalletStatement',
      tag,
      summary: 'The movements of a wallet, newest first',
      permission: 'account.read',
      params: uuidParams,
      query: pageQuery,
      responses: { 200: { description: 'A page.', schema: pageOf(walletMovementView) } },
      handle: async ({ caller, params, query }) => ({
        status: 200,
        json: await wallets.statement(caller.scope, params.id, query),
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/accounts/{id}/wallet/holds',
      operationId: 'listHolds',
      tag,
      summary: 'What is, or was, set aside for charges, newest first',
      permission: 'account.read',
      params: uuidParams,
      query: pageQuery.extend({ state: holdState.optional() }),
      responses: { 200: { description: 'A page.', schema: pageOf(holdView) } },
      handle: async ({ caller, params, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await wallets.holds(caller.scope, params.id, filter, { limit, cursor }) };
      },
    }),
  ];
}
