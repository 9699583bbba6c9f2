import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { Knex } from 'knex';

/** The scope as a condition on what belongs to an organisation as a whole: for somebody who may see single sites only there is none of it. */
export function withinOrganizations(scope: AccessScope, column: string): (query: Knex.QueryBuilder) => void {
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
