/**
 * Repeats work that takes so many rows at a time, until it finds fewer or is to stop.
 *
 * @param work takes `count` rows at most. @returns how many it took
 */
export async function inBatches(
  count: number,
  signal: AbortSignal,
  work: (count: number) => Promise<number>,
): Promise<void> {
  let taken = count;
  while (taken === count && !signal.aborted) taken = await work(count);
}
