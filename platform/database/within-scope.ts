import type { Knex } from 'knex';

/** What a caller may see: `AccessScope` of the domain's contract, which this room does not know. */
type Scope =
  | { readonly kind: 'everything' }
  | { readonly kind: 'organizations'; readonly organizationIds: readonly string[] }
  | { readonly kind: 'sites'; readonly siteIds: readonly string[] };

/**
 * The scope as a condition of a query on a table with `organization_id` and `site_id`. Rows that belong to an organisation as a whole
 * (firmware: their site is null) are not shown to somebody who may see single sites only.
 */
export function withinScope(scope: Scope): (query: Knex.QueryBuilder) => void {
  return (query) => {
    switch (scope.kind) {
      case 'everything':
        return;
      case 'organizations':
        query.whereRaw('organization_id = any(?::uuid[])', [[...scope.organizationIds]]);
        return;
      case 'sites':
        query.whereRaw('site_id = any(?::uuid[])', [[...scope.siteIds]]);
    }
  };
}
