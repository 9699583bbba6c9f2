import type { YkcExchange } from '../exchange.ts';

/** A gun is an EVSE. Makers of piles with one gun give it the number 00. */
export function evseIdOf(gun: string, exchange: YkcExchange): number | undefined {
  const number = Number.parseInt(gun, 10);
  if (/^\d\d$/.test(gun) && number > 0) return number;
  exchange.odd(`gun:${gun}`);
  return number === 0 && exchange.pile.guns === 1 ? 1 : undefined;
}

export function toGun(evseId: number): string {
  return String(evseId).padStart(2, '0');
}
