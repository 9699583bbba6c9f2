import type { IdTokensPort } from '@voltpile/csms/contract/operator-ports';
import { defineRoute, type Route } from '../http/route.ts';
import { pageOf, pageQuery, text } from '../schemas/common.ts';
import { idTokenChange, idTokenInput, idTokenParams, idTokenStatus, idTokenView } from '../schemas/id-token.ts';

const tag = 'id tokens';

export function idTokenRoutes(idTokens: IdTokensPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/id-tokens',
      operationId: 'listIdTokens',
      tag,
      summary: 'List id tokens',
      permission: 'id-token.read',
      query: pageQuery.extend({
        search: text(1, 255).optional().meta({ description: 'The value contains this text, without regard to case.' }),
        status: idTokenStatus.optional(),
        groupIdToken: text(1, 64).optional().meta({ description: 'Of this group, without regard to case.' }),
      }),
      responses: { 200: { description: 'A page.', schema: pageOf(idTokenView) } },
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await idTokens.list(caller.scope, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/id-tokens',
      operationId: 'createIdToken',
      tag,
      summary: 'Add an id token',
      permission: 'id-token.write',
      body: idTokenInput,
      responses: { 201: { description: 'Made.', schema: idTokenView, headers: { Location: 'Where the token is.' } } },
      handle: async ({ caller, body }) => {
        const made = await idTokens.create(caller.scope, body);
        return {
          status: 201,
          json: made,
          headers: { Location: `/api/v1/id-tokens/${encodeURIComponent(made.idToken)}` },
          audit: { action: 'id-token.create', objectType: 'id-token', objectId: made.idToken, after: made },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/id-tokens/{idToken}',
      operationId: 'getIdToken',
      tag,
      summary: 'Get an id token',
      permission: 'id-token.read',
      params: idTokenParams,
      responses: { 200: { description: 'The token.', schema: idTokenView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await idTokens.get(caller.scope, params.idToken) }),
    }),
    defineRoute({
      method: 'patch',
      path: '/api/v1/id-tokens/{idToken}',
      operationId: 'updateIdToken',
      tag,
      summary: 'Change an id token',
      permission: 'id-token.write',
      params: idTokenParams,
      body: idTokenChange,
      responses: { 200: { description: 'The token as it is now.', schema: idTokenView } },
      handle: async ({ caller, params, body }) => {
        const before = await idTokens.get(caller.scope, params.idToken);
        const after = await idTokens.update(caller.scope, params.idToken, body);
        return {
          status: 200,
          json: after,
          audit: { action: 'id-token.update', objectType: 'id-token', objectId: after.idToken, before, after },
        };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/id-tokens/{idToken}',
      operationId: 'removeIdToken',
      tag,
      summary: 'Remove an id token',
      permission: 'id-token.write',
      params: idTokenParams,
      responses: { 204: { description: 'Removed.' } },
      handle: async ({ caller, params }) => {
        const before = await idTokens.get(caller.scope, params.idToken);
        await idTokens.remove(caller.scope, params.idToken);
        return {
          status: 204,
          audit: { action: 'id-token.delete', objectType: 'id-token', objectId: before.idToken, before },
        };
      },
    }),
  ];
}
