import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { SitesPort } from '@voltpile/csms/contract/operator-ports';
import { defineError, VoltpileError } from '@voltpile/kernel/errors';
import * as z from 'zod';
import { defineRoute, type Route } from '../http/route.ts';
import { ROLES, type RoleName } from '../identity/roles.ts';
import type { Users } from '../identity/users.ts';
import { flag, pageOf, pageQuery, uuidParams } from '../schemas/common.ts';
import { roleName, userChange, userInput, userView } from '../schemas/user.ts';

const tag = 'users';

export const unknownScope = defineError(
  'user.unknown_scope',
  'InvalidArgument',
  'There is no such {what} to limit the access to: {id}.',
);

/** Users belong to no organisation, so that only somebody with access to everything may see and change them. */
export function userRoutes(users: Users, sites: SitesPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/users',
      operationId: 'listUsers',
      tag,
      summary: 'List users',
      permission: 'user.read',
      wholeDeployment: true,
      query: pageQuery.extend({ role: roleName.optional(), disabled: flag.optional() }),
      responses: { 200: { description: 'A page.', schema: pageOf(userView) } },
      handle: async ({ query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await users.list(filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/users',
      operationId: 'createUser',
      tag,
      summary: 'Add a user',
      permission: 'user.write',
      wholeDeployment: true,
      body: userInput,
      responses: { 201: { description: 'Made.', schema: userView, headers: { Location: 'Where the user is.' } } },
      handle: async ({ body }) => {
        const scope = body.scope ?? defaultScope(body.role);
        await requireKnown(scope, sites);
        const made = await users.create({ ...body, scope });
        return {
          status: 201,
          json: made,
          headers: { Location: `/api/v1/users/${made.id}` },
          audit: { action: 'user.create', objectType: 'user', objectId: made.id, after: made },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/users/{id}',
      operationId: 'getUser',
      tag,
      summary: 'Get a user',
      permission: 'user.read',
      wholeDeployment: true,
      params: uuidParams,
      responses: { 200: { description: 'The user.', schema: userView } },
      handle: async ({ params }) => ({ status: 200, json: await users.get(params.id) }),
    }),
    defineRoute({
      method: 'patch',
      path: '/api/v1/users/{id}',
      operationId: 'updateUser',
      tag,
      summary: 'Change a user',
      description: 'A new password or `disabled: true` ends the user’s sessions at once.',
      permission: 'user.write',
      wholeDeployment: true,
      params: uuidParams,
      body: userChange,
      responses: { 200: { description: 'The user as it is now.', schema: userView } },
      handle: async ({ params, body }) => {
        if (body.scope !== undefined) await requireKnown(body.scope, sites);
        const { before, after } = await users.update(params.id, body);
        const passwordChanged = body.password === undefined ? {} : { passwordChanged: true };
        return {
          status: 200,
          json: after,
          audit: {
            action: 'user.update',
            objectType: 'user',
            objectId: params.id,
            before,
            after: { ...after, ...passwordChanged },
          },
        };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/users/{id}',
      operationId: 'disableUser',
      tag,
      summary: 'Disable a user',
      description: 'Users are never forgotten, because the audit log speaks of them.',
      permission: 'user.write',
      wholeDeployment: true,
      params: uuidParams,
      responses: { 204: { description: 'Disabled.' } },
      handle: async ({ params }) => {
        const { before, after } = await users.update(params.id, { disabled: true });
        return {
          status: 204,
          audit: { action: 'user.disable', objectType: 'user', objectId: params.id, before, after },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/roles',
      operationId: 'listRoles',
      tag,
      summary: 'The roles and what they allow',
      permission: 'user.read',
      responses: {
        200: { description: 'All roles.', schema: pageOf(roleView) },
      },
      handle: async () => ({ status: 200, json: { items: Object.values(ROLES), nextCursor: null } }),
    }),
  ];
}

const roleView = z
  .object({
    name: roleName,
    description: z.string(),
    available: z.boolean().meta({ description: 'Whether people of this role can log in already.' }),
    permissions: z.array(z.string()),
  })
  .meta({ id: 'Role' });

/** People outside the house see nothing until somebody says what. */
function defaultScope(role: RoleName): AccessScope {
  return role === 'partner' || role === 'driver' ? { kind: 'organizations', organizationIds: [] } : EVERYTHING;
}

/** @throws InvalidArgument `user.unknown_scope` when an organisation or a site of the scope does not exist */
async function requireKnown(scope: AccessScope, sites: SitesPort): Promise<void> {
  const look = async (what: string, id: string, find: () => Promise<unknown>): Promise<void> => {
    try {
      await find();
    } catch (error) {
      if (error instanceof VoltpileError && error.kind === 'NotFound') throw unknownScope({ what, id }, error);
      throw error;
    }
  };
  if (scope.kind === 'organizations') {
    for (const id of scope.organizationIds) {
      await look('organisation', id, () => sites.getOrganization(EVERYTHING, id));
    }
  } else if (scope.kind === 'sites') {
    for (const id of scope.siteIds) await look('site', id, () => sites.getSite(EVERYTHING, id));
  }
}
