import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { Knex } from 'knex';

/**
 * The scope as a condition of a query on a table with `organization_id` and `site_id`. Rows that belong to an organisation as a whole
 * (firmware: their site is null) are not shown to somebody who may see single sites only.
 */
export function withinScope(scope: AccessScope): (query: Knex.QueryBuilder) => void {
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
