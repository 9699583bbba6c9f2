import type { YkcExchange } from '../exchange.ts';

/**
 * The EVSE that a gun is. Makers of piles with one gun give it the number 00.
 *
 * @param gun as the pile writes it, two digits
 * @param guns how many it has
 * @returns undefined for what is no number of a gun
 */
export function toEvseId(gun: string, guns: number): number | undefined {
  if (!/^\d\d$/.test(gun)) return undefined;
  const number = Number(gun);
  return number > 0 ? number : guns === 1 ? 1 : undefined;
}

/** The same for a frame that is being handled; a gun that the pile ought not to have is noted as odd. */
export function evseIdOf(gun: string, exchange: YkcExchange): number | undefined {
  const { guns } = exchange.pile;
  const evseId = toEvseId(gun, guns);
  if (evseId === undefined || evseId > guns) exchange.odd(`gun:${gun}`);
  return evseId;
}

export function toGun(evseId: number): string {
  return String(evseId).padStart(2, '0');
}
