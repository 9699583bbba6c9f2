/** What its field holds. */
export const MOST_FEN = 0xffff_ffff;

/**
 * What a pile may spend, in 0.01 yuan, rounded down.
 *
 * @param limit of the charge; absent: nobody has set one
 * @param capFen what it may spend then
 */
export function spendingFen(
  limit: { readonly amount: string; readonly currency: string } | undefined,
  capFen: number,
): number {
  // Piles count in yuan and nothing else: a limit in other money cannot be told them.
  if (limit === undefined || limit.currency !== 'CNY') return capFen;
  const match = /^(\d+)(?:\.(\d*))?$/.exec(limit.amount);
  if (match === null) return 0;
  const [, whole = '0', fraction = ''] = match;
  return Math.min(MOST_FEN, Number(whole) * 100 + Number(fraction.slice(0, 2).padEnd(2, '0')));
}
