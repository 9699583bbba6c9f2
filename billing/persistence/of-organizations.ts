import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { Knex } from 'knex';

/**
 * The scope as a condition of a query on rows that belong to an organisation as a whole: who may see single sites only sees none of them.
 *
 * @param column of the organisation
 */
export function ofOrganizations(scope: AccessScope, column = 'organization_id'): (query: Knex.QueryBuilder) => void {
  return (query) => {
    switch (scope.kind) {
      case 'everything':
        return;
      case 'organizations':
        query.whereRaw('?? = any(?::uuid[])', [column, [...scope.organizationIds]]);
        return;
      case 'sites':
        query.whereRaw('false');
    }
  };
}
