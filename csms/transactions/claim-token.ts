import { type Instant, instant } from '@voltpile/kernel/clock';
import { evaluateToken, foldToken } from '../authorization/evaluate-token.ts';
import type { IdTokenClaim, IdTokenInfo } from '../contract/station-port.ts';
import type { TransactionEventType } from '../persistence/transaction-event-statements.ts';
import { authorizedWithin } from './authorized-within.ts';
import { bindIntent, takeIntent } from './bind-intent.ts';
import type { DecisionBook, IntentFacts, StationFacts, TransactionFacts } from './decision-book.ts';
import { judgeStart } from './judge-start.ts';
import { stoppingTokenInfo } from './stopping-token.ts';
import { intentRefOf, type NamedReport } from './transaction-event.ts';

/** Stands for the time of a token that is known from the end only: any token that was shown before takes its place. */
const WITH_THE_END = instant(Date.UTC(2300, 0, 1));

export interface TokenClaimed {
  /** The answer about the token; undefined when the report brings none. */
  readonly info: IdTokenInfo | undefined;
  /** The intent that was bound now. */
  readonly intent: IntentFacts | null;
  /** The charge runs under a name of ours that we do not know. */
  readonly nameUnknown?: true;
}

/**
 * What a report says about who charges. A token may come with any report, in any order, and more than once: the transaction runs under the
 * first one that was accepted, or, when none was, under the first. A token that was shown to stop counts only while no other is known.
 *
 * The caller notes what has changed about a transaction that exists already, but for its start.
 *
 * @param at when it was shown
 * @param isOffline whether the station let it charge without asking: what has happened cannot be refused
 */
export function claimToken(
  book: DecisionBook,
  station: StationFacts,
  transaction: TransactionFacts,
  type: TransactionEventType,
  report: NamedReport,
  at: Instant,
  isOffline: boolean,
): TokenClaimed {
  const ref = intentRefOf(report);
  const claimed = claimShown(book, station, transaction, type, report, at, isOffline);
  const isKnown = report.namedByUs !== true || ref === null || book.intentByRef(station.id, ref) !== undefined;
  // Whose token is known has been found in another way.
  if (transaction.idToken !== null) transaction.flags.delete('name-unknown');
  else if (!isKnown && report.offline !== true && report.idToken === undefined) transaction.flags.add('name-unknown');
  return isKnown ? claimed : { ...claimed, nameUnknown: true };
}

function claimShown(
  book: DecisionBook,
  station: StationFacts,
  transaction: TransactionFacts,
  type: TransactionEventType,
  report: NamedReport,
  at: Instant,
  isOffline: boolean,
): TokenClaimed {
  const ref = intentRefOf(report);
  const claim = report.idToken;
  if (report.namedByUs === true && claim === undefined)
    return claimByName(book, station, transaction, ref, at, isOffline);
  if (claim === undefined || isNoToken(claim)) {
    const intent = ref === null || transaction.intentId !== null ? undefined : book.intentByRef(station.id, ref);
    if (intent?.status === 'pending')
      return { info: infoWithoutToken(claim), intent: runUnder(book, transaction, intent) };
    if (claim !== undefined && transaction.authorizationStatus === null) transaction.authorizationStatus = 'Accepted';
    return { info: infoWithoutToken(claim), intent: null };
  }
  const folded = foldToken(claim.value);
  const isToStop = type === 'ended' || report.trigger === 'StopAuthorized';
  if (isToStop && transaction.idToken !== null) {
    keepStopToken(transaction, type, claim.value);
    return { info: stoppingTokenInfo(book, station, transaction, claim.value, report.origin.receivedAt), intent: null };
  }
  const isKnown = transaction.idToken === folded && transaction.idTokenAt !== WITH_THE_END;
  if (isKnown) {
    if (transaction.idTokenAt !== null && at < transaction.idTokenAt) {
      transaction.idTokenAt = at;
      book.changeStart(transaction);
    }
    return { info: repeatedInfo(book, station, transaction, folded), intent: null };
  }
  const within = authorizedWithin(report);
  book.expireIntents(station.id, folded, within.from);
  const pending = book.pendingIntent(station.id, folded, transaction.evseId, within, ref);
  const standing = evaluateToken(book, station, folded, pending, at);
  if (isToStop && standing.info.status === 'Accepted' && !standing.mayStart) {
    // Whoever may only stop has not charged: the transaction waits for the token that started it, or stays without one.
    keepStopToken(transaction, type, claim.value);
    return { info: standing.info, intent: null };
  }
  const { info, flag } = judgeStart(book, station, folded, standing, isOffline, transaction);
  if (flag !== null) transaction.flags.add(flag);
  const shownAt = isToStop ? WITH_THE_END : at;
  if (!comesBefore({ isAccepted: info.status === 'Accepted', shownAt }, transaction)) return { info, intent: null };
  transaction.idToken = folded;
  transaction.displayIdToken = claim.value;
  transaction.idTokenType = claim.type ?? null;
  transaction.idTokenAt = shownAt;
  transaction.authorizationStatus = info.status;
  if (info.status === 'Accepted') transaction.flags.delete('start-refused');
  book.changeStart(transaction);
  book.indexToken(transaction);
  const isToBind = info.status === 'Accepted' && standing.mayStart && transaction.intentId === null;
  const intent = isToBind ? bindIntent(book, station, transaction, folded, standing.accountRef, pending, at) : null;
  return { info, intent };
}

/**
 * The charge bears a name that we gave with an authorisation: whoever was authorised then charges now, if it began in time. What is told late
 * counts by when it happened. Of a name that we do not know nothing can be said: stations make up such names themselves while they have no
 * connection. What the token may do was decided when the name was given; only whether it charges elsewhere is seen now.
 */
function claimByName(
  book: DecisionBook,
  station: StationFacts,
  transaction: TransactionFacts,
  name: string | null,
  at: Instant,
  isOffline: boolean,
): TokenClaimed {
  const answer = (status: IdTokenInfo['status']): IdTokenInfo => ({ status, groupIdToken: null, expiresAt: null });
  const intent = name === null ? undefined : book.intentByRef(transaction.stationId, name);
  const { authorizationStatus } = transaction;
  if (intent === undefined && authorizationStatus === null) return { info: undefined, intent: null };
  const isInTime = intent !== undefined && OPEN.has(intent.status) && intent.expiresAt >= at;
  if (transaction.intentId === null && isInTime) {
    const { mayRunConcurrently } = evaluateToken(book, station, intent.idToken, intent, at);
    const authorised = { info: answer('Accepted'), accountRef: intent.accountRef, mayStart: true, mayRunConcurrently };
    const { info, flag } = judgeStart(book, station, intent.idToken, authorised, isOffline, transaction, intent);
    if (flag !== null) transaction.flags.add(flag);
    if (info.status === 'Accepted') return { info, intent: runUnder(book, transaction, intent) };
    refuseName(book, transaction, intent, info.status);
    return { info, intent: null };
  }
  transaction.authorizationStatus ??= 'Invalid';
  // Whoever was refused does not pay for it: it stays without a token.
  if (authorizationStatus === null && intent !== undefined && intent.status !== 'started')
    transaction.flags.add('start-refused');
  return { info: answer(transaction.authorizationStatus as IdTokenInfo['status']), intent: null };
}

/** An intent whose time was over when we looked may still have been used in time. */
const OPEN: ReadonlySet<IntentFacts['status']> = new Set(['pending', 'expired']);

/** OCPP 2.0.1 C02.FR.03: there is no token to look up, and the station's own settings allow the charge. */
function isNoToken({ type, value }: IdTokenClaim): boolean {
  return type === 'NoAuthorization' || value === '';
}

function infoWithoutToken(claim: IdTokenClaim | undefined): IdTokenInfo | undefined {
  if (claim === undefined) return undefined;
  return { status: claim.type === 'NoAuthorization' ? 'Accepted' : 'Invalid', groupIdToken: null, expiresAt: null };
}

/** An end brings the token that stopped with it; until then it is the first that was shown to stop. */
function keepStopToken(transaction: TransactionFacts, type: TransactionEventType, value: string): void {
  if (type !== 'ended') transaction.stopIdToken ??= value;
}

/** The station names the start command only: its token is the transaction's. */
function runUnder(book: DecisionBook, transaction: TransactionFacts, intent: IntentFacts): IntentFacts {
  takeIntent(book, transaction, intent);
  transaction.authorizationStatus = 'Accepted';
  // A report that was told first may have seemed too late for it.
  transaction.flags.delete('start-refused');
  takeToken(book, transaction, intent);
  return intent;
}

/** What has begun under the name is the token's, but may not go on, and nothing else may begin under it. */
function refuseName(
  book: DecisionBook,
  transaction: TransactionFacts,
  intent: IntentFacts,
  status: IdTokenInfo['status'],
): void {
  intent.status = 'refused';
  intent.refusal = 'concurrent';
  book.changedIntents.add(intent);
  transaction.authorizationStatus = status;
  takeToken(book, transaction, intent);
}

function takeToken(book: DecisionBook, transaction: TransactionFacts, intent: IntentFacts): void {
  if (transaction.idToken === null) {
    transaction.idToken = intent.idToken;
    transaction.displayIdToken = intent.displayIdToken;
    transaction.idTokenAt = intent.createdAt;
    book.indexToken(transaction);
  }
  book.changeStart(transaction);
}

function comesBefore(
  candidate: { readonly isAccepted: boolean; readonly shownAt: Instant },
  transaction: TransactionFacts,
): boolean {
  if (transaction.idToken === null) return true;
  const isAccepted = transaction.authorizationStatus === 'Accepted';
  if (candidate.isAccepted !== isAccepted) return candidate.isAccepted;
  return candidate.shownAt < (transaction.idTokenAt ?? WITH_THE_END);
}

/** The same token, the same answer. */
function repeatedInfo(
  book: DecisionBook,
  station: StationFacts,
  transaction: TransactionFacts,
  folded: string,
): IdTokenInfo {
  const token = book.token(station.organizationId, folded);
  return {
    status: (transaction.authorizationStatus ?? 'Invalid') as IdTokenInfo['status'],
    groupIdToken: token?.groupIdToken ?? null,
    expiresAt: token?.expiresAt ?? null,
  };
}
