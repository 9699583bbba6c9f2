import type { Instant } from '@voltpile/kernel/clock';
import type { AuthorizationStatus, IdTokenInfo } from '../contract/station-port.ts';
import type { DecisionBook, IntentFacts, StationFacts } from '../transactions/decision-book.ts';

/** Tokens are compared without regard to case (OCPP 1.6 §7.28 CiString; 2.0.1 identifierString). */
export function foldToken(value: string): string {
  return value.toLowerCase();
}

/** A token's standing at a station, and the start command's intent that vouches for it, if any. */
export interface TokenStanding {
  readonly info: IdTokenInfo;
  readonly accountRef: string | null;
  readonly mayRunConcurrently: boolean;
  /** False for a token that is accepted to stop transactions only: a master pass. Never true for one that is not accepted. */
  readonly mayStart: boolean;
}

/**
 * What a token may do at a station at a time, running transactions aside.
 *
 * A token that nobody registered is Unknown, unless a start command has named it for this station: then whoever gave the command has
 * authorised it. No token at all, and any token at a station that is not accepted, is Invalid.
 *
 * Each token stands for itself: a group is a name that tokens share, not a token that could be blocked for all of them.
 *
 * @param folded the token's value, folded; null when the station gave none
 */
export function evaluateToken(
  book: DecisionBook,
  station: StationFacts,
  folded: string | null,
  intent: IntentFacts | undefined,
  at: Instant,
): TokenStanding {
  const standing = (status: AuthorizationStatus, more: Partial<TokenStanding & IdTokenInfo> = {}): TokenStanding => ({
    info: { status, groupIdToken: more.groupIdToken ?? null, expiresAt: more.expiresAt ?? null },
    accountRef: more.accountRef ?? null,
    mayRunConcurrently: more.mayRunConcurrently ?? false,
    mayStart: status === 'Accepted' && !isMasterPass(more.groupIdToken ?? null, station.masterPassGroupId),
  });
  if (folded === null || station.registrationStatus !== 'Accepted') return standing('Invalid');
  const token = book.token(station.organizationId, folded);
  if (token === undefined) {
    const vouched = intent !== undefined && intent.channel !== 'card';
    return vouched
      ? standing('Accepted', { accountRef: intent.accountRef, mayRunConcurrently: true })
      : standing('Unknown');
  }
  const facts = {
    groupIdToken: token.groupIdToken,
    expiresAt: token.expiresAt,
    accountRef: token.accountRef,
    mayRunConcurrently: token.concurrentTransactions,
  };
  if (token.status !== 'Accepted') return standing(token.status, facts);
  if (token.expiresAt !== null && token.expiresAt <= at) return standing('Expired', facts);
  return standing('Accepted', facts);
}

/** Whether a token of that group stops any transaction and starts none. Groups are compared like tokens. */
export function isMasterPass(groupIdToken: string | null, masterPassGroupId: string | null): boolean {
  return (
    groupIdToken !== null && masterPassGroupId !== null && foldToken(groupIdToken) === foldToken(masterPassGroupId)
  );
}
