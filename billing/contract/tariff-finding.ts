/** What is wrong with a tariff, or looks as if it were, in words for whoever made it. */
export interface TariffFinding {
  /** A tariff with a mistake cannot be used; a warning may be meant. */
  readonly level: 'mistake' | 'warning';
  readonly kind: TariffFindingKind;
  readonly message: string;
  /** What it is about: `elements.2.restrictions`; empty for the whole. */
  readonly path: string;
  /** Position in `elements`, from 0, of the element that it is about; absent where it is about none or several. */
  readonly element?: number;
}

export const TARIFF_FINDING_KINDS = [
  'malformed',
  'contradictory',
  'unpaid',
  'shadowed',
  'unreachable',
  'charged-twice',
  'unclear',
] as const;

/**
 * `malformed`: not a tariff; `contradictory`: what no charge can keep to; `unpaid`: hours, energies, … that nobody pays for; `shadowed`: of two elements that hold only the first one counts;
 * `unreachable`: never counts; `charged-twice`: one thing has two prices that are both due; `unclear`: may not do what it looks like.
 */
export type TariffFindingKind = (typeof TARIFF_FINDING_KINDS)[number];
