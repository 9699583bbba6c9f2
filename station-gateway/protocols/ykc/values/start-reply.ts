/** A charge that has not begun then will not (V1.6, 0x34). */
export const START_WITHIN_MS = 90_000;

/** Some piles put the reason into the result: only both together mean yes. */
export function hasStarted({ result, failReason }: { readonly result: number; readonly failReason: number }): boolean {
  return result === 1 && failReason === 0;
}
