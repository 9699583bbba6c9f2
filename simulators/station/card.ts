import type { Instant } from '@voltpile/kernel/clock';
import type { CardStatus } from './words.ts';

/** What is known about a card, in any protocol. */
export interface CardInfo {
  readonly status: CardStatus;
  /** Cards of the same group may stop each other's charges: parentIdTag, groupIdToken. */
  readonly group?: string | undefined;
  readonly expiresAt?: Instant | undefined;
}

/** Card numbers are compared without regard to case. */
export function isSameCard(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a.toLowerCase() === b.toLowerCase();
}

/** An accepted card whose time has come is Expired. */
export function asOf(now: Instant, info: CardInfo | undefined): CardInfo | undefined {
  if (info?.status !== 'Accepted' || info.expiresAt === undefined || info.expiresAt > now) return info;
  return { ...info, status: 'Expired' };
}
