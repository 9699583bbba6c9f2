import type { Uuid } from '@voltpile/kernel/ids';
import type { AccessScope, Page, PageRequest } from './access-scope.ts';

/**
 * Which id tokens a station should know by itself, for the time when it cannot ask. Set for a site, and for a station where it differs.
 *
 * `off` leaves the station's list alone (one that was kept by us before is emptied). `all`: every token of the organisation that may charge.
 * `groups`, `tokens`: those of them that are named.
 */
export type LocalListPolicy =
  | { readonly kind: 'off' }
  | { readonly kind: 'all' }
  | { readonly kind: 'groups'; readonly groupIdTokens: readonly string[] }
  | { readonly kind: 'tokens'; readonly idTokens: readonly string[] };

/**
 * `in-step`: the station has confirmed what is wanted. `pending`: something is to be sent, or on its way. `failed`: the last try came to
 * nothing; it is tried again at `retryAt`. `unsupported`: the station keeps no list. `unknown`: nothing is wanted, or an operator has sent a
 * list by hand; what the station holds is not known.
 */
export type LocalListStatus = 'in-step' | 'pending' | 'failed' | 'unsupported' | 'unknown';

/** Why the last try came to nothing. */
export type LocalListError = 'version-mismatch' | 'refused' | 'not-supported' | 'no-answer' | 'not-sent';

export interface LocalListView {
  readonly stationId: string;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  /** The one that counts. */
  readonly policy: LocalListPolicy;
  readonly policySource: 'station' | 'site';
  readonly status: LocalListStatus;
  /** An operator has sent a list by hand: nothing is sent by itself until the next sync or policy. */
  readonly operatorManaged: boolean;
  /** What the station has confirmed last; null while that is not known. */
  readonly confirmedVersion: number | null;
  /** The version that the list will have when it is in step; null when nothing is wanted. */
  readonly wantedVersion: number | null;
  /** Entries of the confirmed version. */
  readonly entryCount: number | null;
  readonly wantedEntryCount: number | null;
  /** Wanted tokens that the station cannot hold: the list would be too long, or the value is. */
  readonly leftOutCount: number;
  readonly lastError: LocalListError | null;
  readonly retryAt: string | null;
  /** When the station last told the version, or confirmed one. */
  readonly verifiedAt: string | null;
  readonly updatedAt: string | null;
}

/** A token as the station has it in its list. */
export interface LocalListEntryView {
  readonly idToken: string;
  readonly type: string | null;
  readonly status: string;
  readonly groupIdToken: string | null;
  readonly expiresAt: string | null;
}

export interface LocalListSync {
  readonly list: LocalListView;
  /** The command that was given; null when nothing had to be sent, or when it has to wait (the station is offline, another one is on its way). */
  readonly commandId: Uuid | null;
}

export interface LocalListsPort {
  get(scope: AccessScope, stationId: string): Promise<LocalListView>;
  /** The confirmed entries, by value. */
  entries(scope: AccessScope, stationId: string, page: PageRequest): Promise<Page<LocalListEntryView>>;
  /**
   * Gives the station a policy of its own; null: the site's. Sending follows by itself.
   *
   * @throws InvalidArgument `local_list.invalid_policy`
   */
  setPolicy(scope: AccessScope, stationId: string, policy: LocalListPolicy | null): Promise<LocalListView>;
  /**
   * Brings the station's list in step now, also after failures and after lists that were sent by hand. What is to be sent is worked out
   * here; a long list, and one of unknown version, take several commands, which follow by themselves.
   *
   * @param request.mode `full`: everything anew. `differential`: only if the difference is known. Absent: whatever is shorter
   * @throws FailedPrecondition `local_list.off` (nothing is wanted), `local_list.not_supported`, `local_list.base_unknown`
   */
  sync(
    scope: AccessScope,
    stationId: string,
    request: { readonly mode?: 'full' | 'differential' | undefined; readonly requestedBy: string | null },
  ): Promise<LocalListSync>;
}
