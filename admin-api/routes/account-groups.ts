import type { AccountsPort } from '@voltpile/billing/contract/accounts';
import { defineRoute, type Route } from '../http/route.ts';
import { accountGroupChange, accountGroupInput, accountGroupView } from '../schemas/account.ts';
import { pageOf, pageQuery, uuid, uuidParams } from '../schemas/common.ts';

const tag = 'accounts';

export function accountGroupRoutes(accounts: AccountsPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/account-groups',
      operationId: 'listAccountGroups',
      tag,
      summary: 'List groups of accounts, newest first',
      permission: 'account.read',
      query: pageQuery.extend({ organizationId: uuid.optional() }),
      responses: { 200: { description: 'A page.', schema: pageOf(accountGroupView) } },
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await accounts.listGroups(caller.scope, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/account-groups',
      operationId: 'createAccountGroup',
      tag,
      summary: 'Add a group of accounts',
      permission: 'account.write',
      body: accountGroupInput,
      responses: {
        201: { description: 'Made.', schema: accountGroupView, headers: { Location: 'Where the group is.' } },
      },
      handle: async ({ caller, body }) => {
        const made = await accounts.createGroup(caller.scope, body);
        return {
          status: 201,
          json: made,
          headers: { Location: `/api/v1/account-groups/${made.id}` },
          audit: { action: 'account-group.create', objectType: 'account-group', objectId: made.id, after: made },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/account-groups/{id}',
      operationId: 'getAccountGroup',
      tag,
      summary: 'Get a group of accounts',
      permission: 'account.read',
      params: uuidParams,
      responses: { 200: { description: 'The group.', schema: accountGroupView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await accounts.getGroup(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'patch',
      path: '/api/v1/account-groups/{id}',
      operationId: 'updateAccountGroup',
      tag,
      summary: 'Rename a group of accounts',
      permission: 'account.write',
      params: uuidParams,
      body: accountGroupChange,
      responses: { 200: { description: 'The group as it is now.', schema: accountGroupView } },
      handle: async ({ caller, params, body }) => {
        const before = await accounts.getGroup(caller.scope, params.id);
        const after = await accounts.updateGroup(caller.scope, params.id, body);
        return {
          status: 200,
          json: after,
          audit: { action: 'account-group.update', objectType: 'account-group', objectId: params.id, before, after },
        };
      },
    }),
  ];
}
