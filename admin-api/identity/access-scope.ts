import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { Uuid } from '@voltpile/kernel/ids';

/** How an access scope lies in the table: its kind, and the ids that go with it. */
export interface ScopeColumns {
  readonly scope_kind: AccessScope['kind'];
  readonly scope_ids: readonly Uuid[];
}

export function toScopeColumns(scope: AccessScope): ScopeColumns {
  switch (scope.kind) {
    case 'everything':
      return { scope_kind: 'everything', scope_ids: [] };
    case 'organizations':
      return { scope_kind: 'organizations', scope_ids: [...new Set(scope.organizationIds)] };
    case 'sites':
      return { scope_kind: 'sites', scope_ids: [...new Set(scope.siteIds)] };
  }
}

export function fromScopeColumns(columns: ScopeColumns): AccessScope {
  switch (columns.scope_kind) {
    case 'everything':
      return { kind: 'everything' };
    case 'organizations':
      return { kind: 'organizations', organizationIds: columns.scope_ids };
    case 'sites':
      return { kind: 'sites', siteIds: columns.scope_ids };
  }
}
