/** Two digits for a gun: `01`. */
export function gunText(gun: number): string {
  return String(gun).padStart(2, '0');
}

/** `yyMMddHHmmss` of a wall time. */
export function stampOf(wallMs: number): string {
  return new Date(wallMs).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14);
}

/** The serial of a charge that the pile names itself: pile, gun, time, a number that counts up. 32 digits. */
export function serialOf(pileNo: string, gun: number, wallMs: number, counter: number): string {
  return `${pileNo}${gunText(gun)}${stampOf(wallMs)}${String(counter % 10_000).padStart(4, '0')}`;
}

export const NO_SERIAL = '0'.repeat(32);
