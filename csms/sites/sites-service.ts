import { defineError } from '@voltpile/kernel/errors';
import { isUuid, type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { type KeysetList, makePage, readPageRequest } from '@voltpile/platform/database/keyset-page';
import type { Knex } from 'knex';
import type { AccessScope } from '../contract/access-scope.ts';
import type { OrganizationView, SitesPort, SiteView } from '../contract/operator-ports.ts';
import {
  findOrganization,
  insertOrganization,
  listOrganizations,
  updateOrganization,
} from '../persistence/organizations-repository.ts';
import { findDefaultSite, findSite, insertSite, listSites, updateSite } from '../persistence/sites-repository.ts';
import { checkedOrganization } from './organization-rules.ts';
import { checkedSite, SITE_DEFAULTS } from './site-rules.ts';

export const organizationNotFound = defineError(
  'organization.not_found',
  'NotFound',
  'There is no organisation {organizationId}.',
);

export const organizationNotPermitted = defineError(
  'organization.not_permitted',
  'PermissionDenied',
  'Only somebody who may see everything can add an organisation.',
);

export const siteNotFound = defineError('site.not_found', 'NotFound', 'There is no site {siteId}.');

export const siteMissing = defineError(
  'site.missing',
  'FailedPrecondition',
  'There is no site yet that this could belong to; make one first.',
);

const ORGANIZATIONS: KeysetList = { name: 'organizations', isKey: isUuid };
const SITES: KeysetList = { name: 'sites', isKey: isUuid };

/** Organisations and their sites, as people keep them. */
export function createSitesService(knex: Knex): SitesPort {
  const organization = async (db: Knex, scope: AccessScope, id: Uuid): Promise<OrganizationView> => {
    const found = isUuid(id) ? await findOrganization(db, scope, id) : undefined;
    if (found === undefined) throw organizationNotFound({ organizationId: id });
    return found;
  };

  const site = async (db: Knex, scope: AccessScope, id: Uuid): Promise<SiteView> => {
    const found = isUuid(id) ? await findSite(db, scope, id) : undefined;
    if (found === undefined) throw siteNotFound({ siteId: id });
    return found;
  };

  /** Who may see single sites cannot make more of them: for such a caller the organisation is not there. */
  const ownerOfNewSite = async (scope: AccessScope, id: Uuid | undefined): Promise<Uuid> => {
    if (scope.kind === 'sites') throw organizationNotFound({ organizationId: id ?? null });
    if (id !== undefined) return (await organization(knex, scope, id)).id;
    const [first] = await listOrganizations(knex, scope, null, 1);
    if (first === undefined) throw organizationNotFound({ organizationId: null });
    return first.id;
  };

  return {
    listOrganizations: (scope, page) =>
      withDatabaseErrors(async () => {
        const { limit, after } = readPageRequest(ORGANIZATIONS, page);
        const rows = await listOrganizations(knex, scope, after, limit + 1);
        return makePage(
          ORGANIZATIONS,
          rows,
          limit,
          (row) => row.id,
          (row) => row,
        );
      }),

    createOrganization: (scope, input) =>
      withDatabaseErrors(async () => {
        if (scope.kind !== 'everything') throw organizationNotPermitted();
        return insertOrganization(knex, uuidv7(), checkedOrganization(input));
      }),

    getOrganization: (scope, id) => withDatabaseErrors(() => organization(knex, scope, id)),

    updateOrganization: (scope, id, change) =>
      withDatabaseErrors(() =>
        knex.transaction(async (trx) => {
          if (scope.kind === 'sites') throw organizationNotFound({ organizationId: id });
          const before = await organization(trx, scope, id);
          const after = { ...before, ...checkedOrganization({ ...before, ...present(change) }) };
          await updateOrganization(trx, after);
          return after;
        }),
      ),

    listSites: (scope, filter, page) =>
      withDatabaseErrors(async () => {
        const { limit, after } = readPageRequest(SITES, page);
        if (filter.organizationId !== undefined && !isUuid(filter.organizationId))
          return { items: [], nextCursor: null };
        const rows = await listSites(knex, scope, filter, after, limit + 1);
        return makePage(
          SITES,
          rows,
          limit,
          (row) => row.id,
          (row) => row,
        );
      }),

    createSite: (scope, input) =>
      withDatabaseErrors(async () => {
        const { organizationId, ...facts } = input;
        const checked = checkedSite({ ...SITE_DEFAULTS, ...present(facts), name: input.name });
        return insertSite(knex, uuidv7(), { ...checked, organizationId: await ownerOfNewSite(scope, organizationId) });
      }),

    getSite: (scope, id) => withDatabaseErrors(() => site(knex, scope, id)),

    updateSite: (scope, id, change) =>
      withDatabaseErrors(() =>
        knex.transaction(async (trx) => {
          const before = await site(trx, scope, id);
          return updateSite(trx, before.id, checkedSite({ ...before, ...present(change) }));
        }),
      ),
  };
}

/**
 * The site for something new: the named one, or the oldest in the scope.
 *
 * @throws NotFound `site.not_found`; FailedPrecondition `site.missing`
 */
export async function siteForNew(db: Knex, scope: AccessScope, siteId: Uuid | undefined): Promise<SiteView> {
  if (siteId === undefined) {
    const site = await findDefaultSite(db, scope);
    if (site === undefined) throw siteMissing();
    return site;
  }
  const site = isUuid(siteId) ? await findSite(db, scope, siteId) : undefined;
  if (site === undefined) throw siteNotFound({ siteId });
  return site;
}

/** A change without what is undefined: absent and undefined both mean "as it was". */
function present<T extends object>(change: T): T {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as T;
}
