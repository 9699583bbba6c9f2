import type { RequestState } from '../contract/files.ts';

/** What a request has come to by the station's own words. */
export interface RequestProgress {
  readonly state: RequestState;
  /** The last word that counted. */
  readonly status: string | null;
}

/** What a reported status means for the request. */
export interface Advance {
  readonly progress: RequestProgress;
  /** Whether the status is worth a line in the request's history: not when it was the last one already. */
  readonly isNews: boolean;
}

type Meaning =
  /** On the way; a step of a lower rank that comes after one of a higher rank is late. */
  | { readonly kind: 'step'; readonly rank: number }
  | { readonly kind: 'success' }
  /** The station may try again. */
  | { readonly kind: 'failure' }
  /** Says nothing about this request. */
  | { readonly kind: 'nothing' };

const step = (rank: number): Meaning => ({ kind: 'step', rank });
const SUCCESS: Meaning = { kind: 'success' };
const FAILURE: Meaning = { kind: 'failure' };
const NOTHING: Meaning = { kind: 'nothing' };

/** OCPP 1.6 FirmwareStatus, its security extension, and 2.0.1 FirmwareStatusEnumType. */
const FIRMWARE_WORDS: ReadonlyMap<string, Meaning> = new Map([
  ['Idle', NOTHING],
  ['DownloadScheduled', step(1)],
  ['Downloading', step(2)],
  ['DownloadPaused', step(2)],
  ['Downloaded', step(3)],
  ['SignatureVerified', step(4)],
  ['InstallScheduled', step(5)],
  ['Installing', step(6)],
  ['InstallRebooting', step(6)],
  ['Installed', SUCCESS],
  ['DownloadFailed', FAILURE],
  ['InvalidSignature', FAILURE],
  ['InstallationFailed', FAILURE],
  ['InstallVerificationFailed', FAILURE],
]);

/** OCPP 1.6 DiagnosticsStatus, UploadLogStatus of its security extension, and 2.0.1 UploadLogStatusEnumType. */
const LOG_WORDS: ReadonlyMap<string, Meaning> = new Map([
  ['Idle', NOTHING],
  ['Uploading', step(1)],
  ['Uploaded', SUCCESS],
  ['UploadFailed', FAILURE],
  ['UploadFailure', FAILURE],
  ['BadMessage', FAILURE],
  ['NotSupportedOperation', FAILURE],
  ['PermissionDenied', FAILURE],
  ['AcceptedCanceled', FAILURE],
]);

const WORDS = { 'firmware-update': FIRMWARE_WORDS, 'log-request': LOG_WORDS } as const;

/** The words after which a station has nothing more to say of a request. */
export const LAST_WORDS: readonly string[] = ['Installed', 'Uploaded'];

/**
 * What becomes of a request when its station reports a status. Success is final, and so is the word for it; but a file that has come is
 * a success before its station says so. After a failure the station may try again, so anything that follows counts. On the way a step
 * that comes late (stations send what they kept while offline) goes into the history and changes nothing. A word that we do not know is
 * shown and says that something is going on.
 */
export function advance(kind: keyof typeof WORDS, now: RequestProgress, status: string): Advance {
  const words = WORDS[kind];
  const meaning = words.get(status);
  if (meaning?.kind === 'nothing' || status === now.status) return { progress: now, isNews: false };
  const last = now.status === null ? undefined : words.get(now.status);
  const isLate = meaning?.kind === 'step' && last?.kind === 'step' && meaning.rank < last.rank;
  if (last?.kind === 'success' || isLate) return { progress: now, isNews: true };
  return { progress: { state: nextState(now.state, meaning), status }, isNews: true };
}

function nextState(now: RequestState, meaning: Meaning | undefined): RequestState {
  if (now === 'succeeded' || meaning?.kind === 'success') return 'succeeded';
  if (meaning?.kind === 'failure') return 'failed';
  // Nothing more is waited for; what the station says is shown all the same.
  return now === 'expired' || now === 'rejected' ? now : 'running';
}
