/** Whoever stalls, or is so slow that a place is held for days, is cut. */
export interface SpeedLimit {
  readonly minBytesPerSecond: number;
  readonly windowMs: number;
}

/** No transfer lasts longer, however fast. */
const MAX_TRANSFER_MS = 6 * 3_600_000;

/**
 * Looks at a transfer once a window.
 *
 * @param bytes how many have been moved so far
 * @param tooSlow called once
 * @returns stops looking
 */
export function watchSpeed(limit: SpeedLimit, bytes: () => number, tooSlow: () => void): () => void {
  const least = (limit.minBytesPerSecond * limit.windowMs) / 1000;
  let windows = 0;
  let before = bytes();
  const timer = setInterval(() => {
    windows += 1;
    const now = bytes();
    const isSlow = now - before < least || windows * limit.windowMs >= MAX_TRANSFER_MS;
    before = now;
    if (!isSlow) return;
    clearInterval(timer);
    tooSlow();
  }, limit.windowMs).unref();
  return () => clearInterval(timer);
}
