import type { AccessScope } from '../contract/access-scope.ts';
import { type Sql, sql } from './sql.ts';

/** Which columns of a query tell where a row belongs. `site: null`: rows belong to an organisation as a whole. */
export interface ScopeColumns {
  readonly organization: string;
  readonly site: string | null;
}

/**
 * The scope as a condition of a query. Rows that belong to an organisation as a whole (id tokens) are not shown to somebody who may
 * see single sites only.
 */
export function scopeSql(scope: AccessScope, columns: ScopeColumns): Sql {
  switch (scope.kind) {
    case 'everything':
      return sql('true');
    case 'organizations':
      return sql(`${columns.organization} = any(?::uuid[])`, [...scope.organizationIds]);
    case 'sites':
      return columns.site === null ? sql('false') : sql(`${columns.site} = any(?::uuid[])`, [...scope.siteIds]);
  }
}

/** The same question for a row at hand: `siteId` null is a row of the organisation as a whole. */
export function inScope(
  scope: AccessScope,
  row: { readonly organizationId: string; readonly siteId: string | null },
): boolean {
  switch (scope.kind) {
    case 'everything':
      return true;
    case 'organizations':
      return scope.organizationIds.includes(row.organizationId);
    case 'sites':
      return row.siteId !== null && scope.siteIds.includes(row.siteId);
  }
}
