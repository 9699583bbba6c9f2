import type { SitesPort } from '@voltpile/csms/contract/operator-ports';
import { defineRoute, type Route } from '../http/route.ts';
import { pageOf, pageQuery, uuidParams } from '../schemas/common.ts';
import { organizationChange, organizationInput, organizationView } from '../schemas/organization.ts';

const tag = 'organizations';

export function organizationRoutes(sites: SitesPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/organizations',
      operationId: 'listOrganizations',
      tag,
      summary: 'List organisations',
      permission: 'organization.read',
      query: pageQuery,
      responses: { 200: { description: 'A page.', schema: pageOf(organizationView) } },
      handle: async ({ caller, query }) => ({ status: 200, json: await sites.listOrganizations(caller.scope, query) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/organizations',
      operationId: 'createOrganization',
      tag,
      summary: 'Add an organisation',
      permission: 'organization.write',
      wholeDeployment: true,
      body: organizationInput,
      responses: {
        201: { description: 'Made.', schema: organizationView, headers: { Location: 'Where the organisation is.' } },
      },
      handle: async ({ caller, body }) => {
        const made = await sites.createOrganization(caller.scope, body);
        return {
          status: 201,
          json: made,
          headers: { Location: `/api/v1/organizations/${made.id}` },
          audit: { action: 'organization.create', objectType: 'organization', objectId: made.id, after: made },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/organizations/{id}',
      operationId: 'getOrganization',
      tag,
      summary: 'Get an organisation',
      permission: 'organization.read',
      params: uuidParams,
      responses: { 200: { description: 'The organisation.', schema: organizationView } },
      handle: async ({ caller, params }) => ({
        status: 200,
        json: await sites.getOrganization(caller.scope, params.id),
      }),
    }),
    defineRoute({
      method: 'patch',
      path: '/api/v1/organizations/{id}',
      operationId: 'updateOrganization',
      tag,
      summary: 'Change an organisation',
      permission: 'organization.write',
      params: uuidParams,
      body: organizationChange,
      responses: { 200: { description: 'The organisation as it is now.', schema: organizationView } },
      handle: async ({ caller, params, body }) => {
        const before = await sites.getOrganization(caller.scope, params.id);
        const after = await sites.updateOrganization(caller.scope, params.id, body);
        return {
          status: 200,
          json: after,
          audit: { action: 'organization.update', objectType: 'organization', objectId: params.id, before, after },
        };
      },
    }),
  ];
}
