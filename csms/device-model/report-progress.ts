import { type Instant, instant } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';

export type ReportKind = 'device' | 'monitoring';

/**
 * `requested`: the station was asked and nothing has come yet. `refused`: it has said no. `timed-out`: parts were missing for too long; a
 * part that comes after all goes on with it.
 */
export type ReportStatus = 'requested' | 'receiving' | 'complete' | 'refused' | 'timed-out';

/** How far a report in several parts has come. */
export interface ReportProgress {
  readonly id: Uuid;
  readonly kind: ReportKind;
  readonly requestId: number;
  readonly status: ReportStatus;
  /** What was asked for, OCPP 2.0.1 ReportBaseEnumType; null when it was something else, or nobody has asked. */
  readonly base: string | null;
  /** Whether it tells all there is. */
  readonly coversAll: boolean;
  readonly commandId: Uuid | null;
  readonly requestedAt: Instant | null;
  readonly firstPartAt: Instant | null;
  readonly lastPartAt: Instant | null;
  /** Of the newest part, as the station gave it. */
  readonly generatedAt: Instant | null;
  /** Numbers of the parts that have come, ascending. */
  readonly parts: readonly number[];
  /** Number of the last part; null while it has not come. */
  readonly lastPart: number | null;
  /** Variables or monitors in all parts together. */
  readonly itemCount: number;
  readonly activeAt: Instant;
  readonly finishedAt: Instant | null;
  readonly flags: readonly string[];
}

/** A part that has come. */
export interface ReceivedPart {
  readonly kind: ReportKind;
  readonly requestId: number;
  readonly sequenceNumber: number;
  readonly toBeContinued: boolean;
  readonly generatedAt: Instant | null;
  readonly receivedAt: Instant;
  readonly itemCount: number;
  readonly flags: readonly string[];
}

/** Parts of one report that are told apart; a full inventory of a large station has some hundred. */
export const MAX_PARTS = 5000;
/** Within so long a part that was seen before is a repetition; later the station tells its report anew under the same number. */
const REPEAT_WINDOW_MS = 10 * 60_000;

/** The request id that stands for one that is no number. */
export const NO_REQUEST_ID = -1;

/**
 * What a part means for the report that it belongs to. Parts may come in any order and more than once; they are counted from 0 or from 1
 * (some stations do): complete is a report whose last part has come and that lacks none after its first.
 *
 * @param known the newest report of that kind and number, if any
 * @returns the report as it now is, and whether the part was new to it
 */
export function followPart(
  known: ReportProgress | undefined,
  part: ReceivedPart,
): { readonly progress: ReportProgress; readonly isNew: boolean } {
  const seen = known?.parts.includes(part.sequenceNumber) ?? false;
  const isRepeated = known !== undefined && seen && isRecent(known, part);
  const before = known === undefined || (seen && !isRepeated) ? begunBy(part) : known;
  const active = {
    ...before,
    activeAt: latest(before.activeAt, part.receivedAt),
    lastPartAt: latest(before.lastPartAt, part.receivedAt),
  };
  if (isRepeated) return { progress: active, isNew: false };
  if (before.parts.length >= MAX_PARTS) {
    return { progress: { ...active, flags: withFlags(before.flags, ['too-many-parts']) }, isNew: true };
  }
  const parts = [...before.parts, part.sequenceNumber].sort((one, other) => one - other);
  const lastPart = part.toBeContinued ? before.lastPart : Math.max(before.lastPart ?? 0, part.sequenceNumber);
  const complete = isComplete(parts, lastPart);
  return {
    progress: {
      ...active,
      status: complete ? 'complete' : 'receiving',
      firstPartAt: earliest(before.firstPartAt, part.receivedAt),
      generatedAt: part.generatedAt === null ? before.generatedAt : latest(before.generatedAt, part.generatedAt),
      parts,
      lastPart,
      itemCount: before.itemCount + part.itemCount,
      finishedAt: complete ? part.receivedAt : null,
      flags: withFlags(before.flags, part.flags),
    },
    isNew: true,
  };
}

/** What the station said to the request. `empty`: there is nothing to report. */
export type ReportAnswer = 'accepted' | 'empty' | 'refused';

/** What the answer to the request means: an accepted report begins to wait now, the others are over. */
export function followAnswer(known: ReportProgress, answer: ReportAnswer, at: Instant): ReportProgress {
  if (known.status !== 'requested') return known;
  if (answer === 'accepted') return { ...known, activeAt: at };
  return { ...known, status: answer === 'empty' ? 'complete' : 'refused', activeAt: at, finishedAt: at };
}

function isRecent({ lastPartAt }: ReportProgress, { receivedAt }: ReceivedPart): boolean {
  return lastPartAt !== null && receivedAt - lastPartAt <= REPEAT_WINDOW_MS;
}

function isComplete(parts: readonly number[], lastPart: number | null): boolean {
  const first = parts[0] as number;
  if (lastPart === null || first > 1) return false;
  // Ascending and without doubles: none is missing when as many came as there are numbers.
  return parts.indexOf(lastPart) === lastPart - first;
}

function begunBy({ kind, requestId, receivedAt }: ReceivedPart): ReportProgress {
  return newReport({ kind, requestId, status: 'receiving', activeAt: receivedAt });
}

/** A report of which nothing has come. */
export function newReport(
  facts: Pick<ReportProgress, 'kind' | 'requestId' | 'status' | 'activeAt'> & Partial<ReportProgress>,
): ReportProgress {
  return {
    id: uuidv7(),
    base: null,
    coversAll: false,
    commandId: null,
    requestedAt: null,
    firstPartAt: null,
    lastPartAt: null,
    generatedAt: null,
    parts: [],
    lastPart: null,
    itemCount: 0,
    finishedAt: null,
    flags: [],
    ...facts,
  };
}

const MAX_FLAGS = 20;

function withFlags(flags: readonly string[], more: readonly string[]): readonly string[] {
  return [...new Set([...flags, ...more])].slice(0, MAX_FLAGS);
}

function latest(one: Instant | null, other: Instant): Instant {
  return one === null ? other : instant(Math.max(one, other));
}

function earliest(one: Instant | null, other: Instant): Instant {
  return one === null ? other : instant(Math.min(one, other));
}
