import { uuidv7 } from '@voltpile/kernel/ids';
import { NO_LIMITS } from '../contract/funds-port.ts';
import type { AuthorizeRequest, IdTokenInfo } from '../contract/station-port.ts';
import type { DecisionBook, IntentFacts, StationFacts } from '../transactions/decision-book.ts';
import { judgeStart } from '../transactions/judge-start.ts';
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
 * transactions matter only where the card asks for a charge by name, which is an order to start: otherwise ConcurrentTx is an answer to the
 * start (OCPP 1.6 §7.2).
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
  const pending = book.pendingIntent(station.id, folded, evseId, { from: now, until: now });
  const standing = evaluateToken(book, station, folded, pending, now);
  const { accountRef, mayStart } = standing;
  const isOrder = request.stationTransactionId !== undefined && mayStart;
  const { info } = isOrder
    ? judgeStart(book, station, folded, standing, false, undefined, {
        evseId,
        parallelGroup: request.parallelGroup ?? null,
      })
    : standing;
  book.events.push({
    type: 'id-token.authorized',
    organizationId: station.organizationId,
    siteId: station.siteId,
    stationId: station.identity,
    data: { idToken: request.idToken.value, evseId, status: info.status },
  });
  if (isOrder && info.status !== 'Accepted') voidWaiting(book, station, folded, evseId, 'concurrent');
  // A master pass is accepted, but nothing will start with it.
  if (!mayStart || info.status !== 'Accepted') return { info, intent: null };
  const waiting =
    request.stationTransactionId === undefined
      ? pending
      : waitingUnder(book, station, folded, evseId, request.stationTransactionId);
  if (waiting !== undefined) {
    waiting.expiresAt = (now + CARD_INTENT_LIFETIME_MS) as typeof now;
    if (request.stationTransactionId !== undefined) {
      waiting.dialectRef = request.stationTransactionId;
      waiting.parallelGroup = request.parallelGroup ?? null;
    }
    if (!book.newIntents.has(waiting)) book.changedIntents.add(waiting);
    return { info, intent: waiting };
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
    parallelGroup: request.parallelGroup ?? null,
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

/**
 * The intent that waits to charge under a name, or under none yet. One that waits here under another name is void: the newest answer that a
 * station was given counts, and the old name stays known as one of ours.
 */
function waitingUnder(
  book: DecisionBook,
  station: StationFacts,
  folded: string,
  evseId: number | null,
  name: string,
): IntentFacts | undefined {
  const shown = book.shownIntents(station.id, folded, evseId);
  const waiting =
    shown.find(({ dialectRef }) => dialectRef === name) ?? shown.find(({ dialectRef }) => dialectRef === null);
  voidWaiting(book, station, folded, evseId, 'replaced', waiting);
  return waiting;
}

/** Names that were given here before, and whose charges have not begun, are void: nothing may begin under them any more. */
function voidWaiting(
  book: DecisionBook,
  station: StationFacts,
  folded: string,
  evseId: number | null,
  refusal: string,
  kept?: IntentFacts,
): void {
  for (const intent of book.shownIntents(station.id, folded, evseId)) {
    if (intent === kept || intent.dialectRef === null) continue;
    intent.status = 'refused';
    intent.refusal = refusal;
    book.changedIntents.add(intent);
  }
}
