/**
 * Adds values that change while the process runs to those that do not: each is read anew whenever it is asked for. (A copy of the result holds what was
 * there at the time of copying.)
 */
export function withLive<F extends object, L extends object, K extends keyof L>(
  fixed: F,
  live: L,
  names: readonly K[],
): F & Readonly<Pick<L, K>> {
  const all = { ...fixed };
  for (const name of names) Object.defineProperty(all, name, { enumerable: true, get: () => live[name] });
  return all as F & Readonly<Pick<L, K>>;
}
