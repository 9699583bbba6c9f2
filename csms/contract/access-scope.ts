import type { Uuid } from '@voltpile/kernel/ids';

/**
 * What a caller may see. Every repository that lists or reads for a person takes one and cannot be called without it; a row outside
 * the scope does not exist for the caller (NotFound, never PermissionDenied).
 */
export type AccessScope =
  | { readonly kind: 'everything' }
  | { readonly kind: 'organizations'; readonly organizationIds: readonly Uuid[] }
  | { readonly kind: 'sites'; readonly siteIds: readonly Uuid[] };

export const EVERYTHING: AccessScope = { kind: 'everything' };

/** A page of a list. `nextCursor` is opaque; null on the last page. */
export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}

/** `limit` is 1…500; `cursor` is a `nextCursor` of the same list. A cursor we did not make is InvalidArgument `list.bad_cursor`. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}
