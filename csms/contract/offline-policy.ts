/** What stations may do while they cannot ask us. null: as the station has it. Set for a site. */
export interface OfflinePolicy {
  /** Tokens of the local list or the cache may charge without connection. */
  readonly localAuthorizeOffline: boolean | null;
  /** Tokens of the local list or the cache may charge at once, before we have answered. */
  readonly localPreAuthorize: boolean | null;
  /** Tokens that the station does not know may charge without connection. */
  readonly allowOfflineTxForUnknownId: boolean | null;
  /** A charge that began without our word ends when we refuse its token. */
  readonly stopOnInvalidId: boolean | null;
}
