import type { LocalListError, LocalListStatus } from '../contract/local-lists-port.ts';
import { applyMessage, differenceOf, type ListEntry, type ListMessage } from './list-entries.ts';
import { countMessages, fitting, type ListLimits } from './list-limits.ts';

/** What is known of the list that a station holds. Changed by pure functions only; stored between any two of them. */
export interface ListState {
  readonly status: LocalListStatus;
  /** What the station has confirmed; null while it is not known what it holds. */
  readonly confirmed: { readonly versionNumber: number; readonly entries: readonly ListEntry[] } | null;
  /** The version that the station has told while it is not known what it holds. */
  readonly heardVersion: number | null;
  /** The highest version that was ever sent or heard: the next one is higher, so that the station takes it for newer. */
  readonly lastVersion: number;
  /** Has left for the station, or was about to; what came of it is not known yet. */
  readonly sent: ListMessage | null;
  /** The station was asked for its version. */
  readonly asking: boolean;
  /** Something of ours may be in the station's list. */
  readonly managed: boolean;
  /** An operator has sent a list by hand. */
  readonly operatorManaged: boolean;
  /** Tries in a row that came to nothing. */
  readonly failures: number;
  readonly lastError: LocalListError | null;
}

export const NEW_LIST: ListState = {
  status: 'unknown',
  confirmed: null,
  heardVersion: null,
  lastVersion: 0,
  sent: null,
  asking: false,
  managed: false,
  operatorManaged: false,
  failures: 0,
  lastError: null,
};

/** Versions have 31 bits. */
const MAX_VERSION = 2_147_483_647;

export type ListStep =
  | { readonly kind: 'none' }
  | { readonly kind: 'ask-version' }
  | { readonly kind: 'send'; readonly message: ListMessage };

/**
 * The next thing to do so that the station's list becomes the wanted one. Long lists take several steps, each a difference to what was
 * confirmed by then: nothing needs to be remembered between them.
 *
 * @param isDoubtful the station has been restarted, or was replaced: its version is asked for
 */
export function nextStep(
  state: ListState,
  wanted: readonly ListEntry[],
  limits: ListLimits,
  isDoubtful: boolean,
): ListStep {
  const { confirmed } = state;
  if (state.sent !== null || isDoubtful) return { kind: 'ask-version' };
  if (confirmed === null && state.heardVersion === null) return { kind: 'ask-version' };
  const plan = planTo(state, wanted);
  if (plan.changes.length === 0 && plan.updateType === 'Differential') return { kind: 'none' };
  return {
    kind: 'send',
    message: {
      versionNumber: plan.versionNumber,
      updateType: plan.updateType,
      localAuthorizationList: [...fitting(plan.changes, limits)],
    },
  };
}

/** How many messages the station is away from the wanted list; 0 when it holds it. */
export function countSteps(state: ListState, wanted: readonly ListEntry[], limits: ListLimits): number {
  const { updateType, changes } = planTo(state, wanted);
  return updateType === 'Full' ? Math.max(1, countMessages(changes, limits)) : countMessages(changes, limits);
}

/** A difference where it is known and shorter; everything anew elsewhere, and where one side is empty. */
function planTo(
  { confirmed, lastVersion, heardVersion }: ListState,
  wanted: readonly ListEntry[],
): Pick<ListMessage, 'updateType' | 'versionNumber'> & {
  readonly changes: readonly ReturnType<typeof differenceOf>[number][];
} {
  const highest = Math.max(lastVersion, heardVersion ?? 0);
  const hasRoom = highest < MAX_VERSION;
  if (confirmed !== null) {
    const changes = differenceOf(confirmed.entries, wanted);
    const isShorter = confirmed.entries.length > 0 && wanted.length > 0 && changes.length <= wanted.length;
    if (changes.length === 0 || (isShorter && hasRoom)) {
      return { updateType: 'Differential', versionNumber: highest + 1, changes };
    }
  }
  return { updateType: 'Full', versionNumber: hasRoom ? highest + 1 : 1, changes: wanted };
}

/** The message leaves: stored before it does, so that a crash leaves a question and not an error. */
export function whenLeaving(state: ListState, message: ListMessage): ListState {
  return {
    ...state,
    status: state.failures > 0 ? 'failed' : 'pending',
    sent: message,
    lastVersion: message.versionNumber,
    managed: true,
  };
}

/** The station is asked. What it holds stays as it was believed to be. */
export function whenAsking(state: ListState): ListState {
  const isSettled = state.status === 'in-step' && state.sent === null && state.confirmed !== null;
  return { ...state, status: isSettled ? 'in-step' : state.failures > 0 ? 'failed' : 'pending', asking: true };
}

/** Nothing is left to do. */
export function whenInStep(state: ListState): ListState {
  const isEmpty = state.confirmed?.entries.length === 0;
  return { ...state, status: 'in-step', failures: 0, lastError: null, managed: !isEmpty };
}

/** `not-sent`: the station was gone before. `no-answer`: it may have taken the list, or not. */
export type SendAnswer = 'accepted' | LocalListError;

/** The station's answer to the message that was sent. */
export function afterSending(state: ListState, answer: SendAnswer): ListState {
  const { sent } = state;
  if (sent === null) return state;
  switch (answer) {
    case 'accepted':
      return { ...confirming(state, sent), status: 'pending', lastError: null };
    case 'not-sent':
      return { ...state, sent: null };
    case 'no-answer':
      return failed(state, answer);
    case 'not-supported':
      return { ...failed(forgetting(state), answer), status: 'unsupported', managed: false };
    case 'refused':
    case 'version-mismatch':
      // Nothing tells how much of it was taken: everything anew the next time.
      return failed(forgetting(state), answer);
  }
}

/** The station has told the version of its list; null: it gave no answer that can be read. */
export function afterAsking(state: ListState, versionNumber: number | null): ListState {
  const asked = { ...state, asking: false };
  if (versionNumber === null) return failed(asked, 'no-answer');
  if (versionNumber < 0) {
    return { ...failed(forgetting(asked), 'not-supported'), status: 'unsupported', managed: false };
  }
  const heard = { ...asked, lastVersion: Math.max(asked.lastVersion, versionNumber) };
  const { sent, confirmed } = heard;
  if (sent !== null && isVersionOf(versionNumber, sent.versionNumber, applied(heard, sent))) {
    return confirming(heard, sent);
  }
  if (confirmed !== null && isVersionOf(versionNumber, confirmed.versionNumber, confirmed.entries)) {
    return { ...heard, sent: null };
  }
  const status = heard.status === 'in-step' ? 'pending' : heard.status;
  if (versionNumber === 0) return { ...heard, confirmed: { versionNumber, entries: [] }, sent: null, status };
  return { ...forgetting(heard), heardVersion: versionNumber, status };
}

/** It could not be asked: it was gone before. */
export function whenNotAsked(state: ListState): ListState {
  return { ...state, asking: false };
}

/** The command could not even be given. */
export function whenNotSubmitted(state: ListState): ListState {
  return failed({ ...state, sent: null, asking: false }, 'not-sent');
}

/** Somebody else's list goes to the station: what it holds from now on is theirs to know. */
export function whenSentByHand(state: ListState, versionNumber: number): ListState {
  return {
    ...forgetting(state),
    status: 'unknown',
    asking: false,
    managed: false,
    operatorManaged: true,
    lastVersion: Math.max(state.lastVersion, versionNumber),
    failures: 0,
    lastError: null,
  };
}

/** An operator wants the list in step now, whatever was before. `full`: what was believed is not believed any more. */
export function whenWanted(state: ListState, isFull: boolean): ListState {
  const base = isFull ? forgetting(state) : state;
  const status = base.status === 'in-step' ? 'in-step' : 'pending';
  return { ...base, status: isFull ? 'pending' : status, operatorManaged: false, failures: 0, lastError: null };
}

function confirming(state: ListState, message: ListMessage): ListState {
  return {
    ...state,
    confirmed: { versionNumber: message.versionNumber, entries: applied(state, message) },
    heardVersion: null,
    sent: null,
  };
}

function applied({ confirmed }: ListState, message: ListMessage): ListEntry[] {
  return applyMessage(confirmed?.entries ?? [], message);
}

function forgetting(state: ListState): ListState {
  return { ...state, confirmed: null, heardVersion: null, sent: null };
}

function failed(state: ListState, error: LocalListError): ListState {
  return { ...state, status: 'failed', failures: state.failures + 1, lastError: error };
}

/** An empty list may be told as version 0: there is none. */
function isVersionOf(told: number, versionNumber: number, entries: readonly ListEntry[]): boolean {
  return told === versionNumber || (told === 0 && entries.length === 0);
}

const FIRST_RETRY_MS = 60_000;
const LAST_RETRY_MS = 6 * 3600_000;

/**
 * How long to wait after a try that came to nothing, doubling up to six hours. A version that does not fit is no trouble of the station: the
 * first time the list is sent anew at once.
 */
export function retryAfterMs({ failures, lastError }: Pick<ListState, 'failures' | 'lastError'>): number {
  if (failures === 0 || (failures === 1 && lastError === 'version-mismatch')) return 0;
  return Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS);
}
