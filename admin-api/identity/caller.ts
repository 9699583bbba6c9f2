import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { defineError } from '@voltpile/kernel/errors';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Permission } from './permissions.ts';
import type { RoleName } from './roles.ts';

/** Who asks, as far as this one request is concerned. Read from the database for each request, never from the token. */
export interface Caller {
  readonly userId: Uuid;
  readonly sessionId: Uuid;
  readonly email: string;
  readonly role: RoleName;
  readonly permissions: ReadonlySet<Permission>;
  readonly scope: AccessScope;
}

/** Where a request came from, for the audit log. */
export interface RequestOrigin {
  readonly requestId: string;
  readonly address: string;
  readonly userAgent: string | null;
}

export const permissionMissing = defineError(
  'auth.permission_missing',
  'PermissionDenied',
  'This needs the permission {permission}.',
);

export const scopeTooNarrow = defineError(
  'auth.scope_too_narrow',
  'PermissionDenied',
  'This concerns the whole deployment; your access is limited to some organisations or sites.',
);

/** Throws PermissionDenied unless the caller's role has the permission. */
export function requirePermission(caller: Caller, permission: Permission): void {
  if (!caller.permissions.has(permission)) throw permissionMissing({ permission });
}
