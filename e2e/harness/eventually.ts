import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE_MS } from './deadline.ts';

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

/**
 * Asks again and again until the answer is one: for facts that nobody announces, such as a row in a list. An answer of `undefined` or
 * `false`, and a thrown error, mean "not yet".
 *
 * @param what for the error's text
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  milliseconds: number = PATIENCE_MS,
): Promise<T> {
  const until = performance.now() + milliseconds;
  let last: unknown;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() > until) {
      throw new Error(`not within ${milliseconds} ms: ${what} (last: ${String(last)})`, { cause: last });
    }
    await sleep(pause);
  }
}
