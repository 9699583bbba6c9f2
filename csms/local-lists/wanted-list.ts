import { isMasterPass } from '../authorization/evaluate-token.ts';
import { COMMAND_PAYLOADS } from '../contract/commands.ts';
import type { IdTokenStatus } from '../contract/operator-ports.ts';
import type { ListEntry } from './list-entries.ts';
import type { ListLimits } from './list-limits.ts';

/** A token that the policy names, with what a list says of it. */
export interface CandidateToken {
  /** As it was registered. */
  readonly idToken: string;
  readonly type: string;
  readonly status: IdTokenStatus;
  readonly groupIdToken: string | null;
  /** RFC 3339 in UTC. */
  readonly expiresAt: string | null;
}

export interface WantedRules {
  /**
   * Name tokens that may not charge, too: where a station lets tokens that it does not know charge without connection, a blocked one that is
   * missing from its list would be such a token.
   */
  readonly withRefused: boolean;
  readonly masterPassGroupId: string | null;
  /** Whether the station knows what a master pass is. To one that does not, it would be a token that may start. */
  readonly knowsMasterPass: boolean;
}

export interface WantedList {
  readonly entries: readonly ListEntry[];
  /** Tokens that should be in it and cannot. */
  readonly leftOutCount: number;
  /** When the list says something else because a token has expired (RFC 3339); null: never. */
  readonly nextExpiryAt: string | null;
}

const TYPE = COMMAND_PAYLOADS['send-local-list'].shape.localAuthorizationList.unwrap().element.shape.idTokenType;

/**
 * The list that a station should have. Where it is too long for the station the tokens that were registered first stay, so that the list does
 * not change with every token that is added.
 *
 * @param candidates in the order of their registration
 * @param now RFC 3339 in UTC
 */
export function wantedList(
  candidates: Iterable<CandidateToken>,
  rules: WantedRules,
  limits: ListLimits,
  now: string,
): WantedList {
  const entries: ListEntry[] = [];
  let leftOutCount = 0;
  let nextExpiryAt: string | null = null;
  for (const token of candidates) {
    const isOver = token.expiresAt !== null && token.expiresAt <= now;
    const status = token.status === 'Accepted' && isOver ? 'Expired' : token.status;
    if (status !== 'Accepted' && !rules.withRefused) continue;
    if (!rules.knowsMasterPass && isMasterPass(token.groupIdToken, rules.masterPassGroupId)) continue;
    if (token.idToken.length > limits.maxValueLength || entries.length >= limits.maxEntries) {
      leftOutCount += 1;
      continue;
    }
    const isToExpire = status === 'Accepted' && token.expiresAt !== null;
    if (isToExpire && (nextExpiryAt === null || (token.expiresAt as string) < nextExpiryAt)) {
      nextExpiryAt = token.expiresAt;
    }
    entries.push(entryOf(token, status, limits));
  }
  return { entries, leftOutCount, nextExpiryAt };
}

function entryOf(token: CandidateToken, status: IdTokenStatus, limits: ListLimits): ListEntry {
  const type = TYPE.safeParse(token.type);
  // A group that does not fit is left out: a shortened one would be another group.
  const hasGroup = token.groupIdToken !== null && token.groupIdToken.length <= limits.maxValueLength;
  return {
    idToken: token.idToken,
    ...(type.success && type.data !== undefined ? { idTokenType: type.data } : {}),
    idTokenInfo: {
      status,
      ...(hasGroup ? { groupIdToken: token.groupIdToken as string } : {}),
      ...(token.expiresAt === null ? {} : { expiresAt: token.expiresAt }),
    },
  };
}
