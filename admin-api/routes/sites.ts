import type { SitesPort } from '@voltpile/csms/contract/operator-ports';
import { defineRoute, type Route } from '../http/route.ts';
import { type Caller, requirePermission } from '../identity/caller.ts';
import { pageOf, pageQuery, uuid, uuidParams } from '../schemas/common.ts';
import { siteChange, siteInput, siteView } from '../schemas/site.ts';

const tag = 'sites';

/** Rules of a site that change what its stations do need what a command to the stations would need. */
function checkRules(
  caller: Caller,
  body: { readonly localListPolicy?: unknown; readonly offlinePolicy?: unknown },
): void {
  if (body.localListPolicy !== undefined || body.offlinePolicy !== undefined) {
    requirePermission(caller, 'station.configure');
  }
}

export function siteRoutes(sites: SitesPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/sites',
      operationId: 'listSites',
      tag,
      summary: 'List sites',
      permission: 'site.read',
      query: pageQuery.extend({ organizationId: uuid.optional() }),
      responses: { 200: { description: 'A page.', schema: pageOf(siteView) } },
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await sites.listSites(caller.scope, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/sites',
      operationId: 'createSite',
      tag,
      summary: 'Add a site',
      description:
        'Without `organizationId` it belongs to the default organisation. Rules for local lists and for stations without connection need ' +
        '`station.configure`, too.',
      permission: 'site.write',
      body: siteInput,
      responses: { 201: { description: 'Made.', schema: siteView, headers: { Location: 'Where the site is.' } } },
      handle: async ({ caller, body }) => {
        checkRules(caller, body);
        const made = await sites.createSite(caller.scope, body);
        return {
          status: 201,
          json: made,
          headers: { Location: `/api/v1/sites/${made.id}` },
          audit: { action: 'site.create', objectType: 'site', objectId: made.id, after: made },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/sites/{id}',
      operationId: 'getSite',
      tag,
      summary: 'Get a site',
      permission: 'site.read',
      params: uuidParams,
      responses: { 200: { description: 'The site.', schema: siteView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await sites.getSite(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'patch',
      path: '/api/v1/sites/{id}',
      operationId: 'updateSite',
      tag,
      summary: 'Change a site',
      description: 'Rules for local lists and for stations without connection need `station.configure`, too.',
      permission: 'site.write',
      params: uuidParams,
      body: siteChange,
      responses: { 200: { description: 'The site as it is now.', schema: siteView } },
      handle: async ({ caller, params, body }) => {
        checkRules(caller, body);
        const before = await sites.getSite(caller.scope, params.id);
        const after = await sites.updateSite(caller.scope, params.id, body);
        return {
          status: 200,
          json: after,
          audit: { action: 'site.update', objectType: 'site', objectId: params.id, before, after },
        };
      },
    }),
  ];
}
