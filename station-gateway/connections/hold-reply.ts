import { setTimeout as delay } from 'node:timers/promises';

export interface HoldOptions {
  /** `performance.now()` by which the answer must be there. */
  readonly until: number;
  /** Ends the wait early: the socket is gone. */
  readonly signal: AbortSignal;
  /** Whether another try may help; when not, the wait only keeps the station from repeating itself at once. */
  readonly retryable: (error: unknown) => boolean;
  /** 0 ≤ x < 1. */
  readonly random?: () => number;
}

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 3000;

/**
 * Tries again, with growing and scattered pauses, to get an answer that could not be had.
 *
 * @param firstError what the first try threw
 * @returns the answer, or undefined when the time is over or the socket gone
 */
export async function holdReply<T>(
  firstError: unknown,
  again: () => Promise<T>,
  options: HoldOptions,
): Promise<T | undefined> {
  const random = options.random ?? Math.random;
  let error = firstError;
  for (let pause = FIRST_DELAY_MS; ; pause = Math.min(pause * 2, MAX_DELAY_MS)) {
    const left = options.until - performance.now();
    const hopeful = options.retryable(error);
    const wait = hopeful ? Math.min(left, pause * (0.5 + random() / 2)) : left;
    if (wait > 0 && !(await slept(wait, options.signal))) return undefined;
    if (options.signal.aborted || !hopeful || options.until <= performance.now()) return undefined;
    try {
      return await again();
    } catch (next) {
      error = next;
    }
  }
}

async function slept(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(milliseconds, undefined, { signal, ref: false });
    return true;
  } catch {
    return false;
  }
}
