import { uuidv7 } from '@voltpile/kernel/ids';
import { NO_LIMITS } from '../contract/funds-port.ts';
import type { AuthorizeRequest, IdTokenInfo } from '../contract/station-port.ts';
import type { DecisionBook, IntentFacts, StationFacts } from '../transactions/decision-book.ts';
import { evaluateToken, foldToken } from './evaluate-token.ts';

/** How long an accepted card may wait before the transaction starts. Stations give drivers one to three minutes to plug in. */
export const CARD_INTENT_LIFETIME_MS = 10 * 60_000;

export interface AuthorizeDecision {
  readonly info: IdTokenInfo;
  /** The intent that an accepted card left, or had left before. */
  readonly intent: IntentFacts | null;
}

/**
 * A card was shown. Accepted, it leaves a start intent (or refreshes the one it left before: stations repeat themselves). Running
 * transactions do not matter here: ConcurrentTx is an answer to a start (OCPP 1.6 §7.2).
 */
export function decideAuthorize(
  book: DecisionBook,
  station: StationFacts,
  request: AuthorizeRequest,
): AuthorizeDecision {
  const folded = foldToken(request.idToken.value);
  const now = request.origin.receivedAt;
  const evseId = request.evseId ?? null;
  book.expireIntents(station.id, folded, now);
  const pending = book.pendingIntent(station.id, folded, evseId, now);
  const { info, accountRef, mayStart } = evaluateToken(book, station, folded, pending, now);
  book.events.push({
    type: 'id-token.authorized',
    organizationId: station.organizationId,
    siteId: station.siteId,
    stationId: station.identity,
    data: { idToken: request.idToken.value, evseId, status: info.status },
  });
  // A master pass is accepted, but nothing will start with it.
  if (!mayStart) return { info, intent: null };
  if (pending !== undefined) {
    pending.expiresAt = (now + CARD_INTENT_LIFETIME_MS) as typeof now;
    if (request.stationTransactionId !== undefined) pending.dialectRef = request.stationTransactionId;
    if (!book.newIntents.has(pending)) book.changedIntents.add(pending);
    return { info, intent: pending };
  }
  const intent: IntentFacts = {
    id: uuidv7(),
    organizationId: station.organizationId,
    siteId: station.siteId,
    stationId: station.id,
    evseId,
    idToken: folded,
    displayIdToken: request.idToken.value,
    accountRef,
    channel: request.idToken.type === 'VIN' ? 'vin' : 'card',
    dialectRef: request.stationTransactionId ?? null,
    limits: NO_LIMITS,
    status: 'pending',
    refusal: null,
    transactionId: null,
    createdAt: now,
    expiresAt: (now + CARD_INTENT_LIFETIME_MS) as typeof now,
  };
  book.newIntents.add(intent);
  book.addIntent(intent);
  return { info, intent };
}
