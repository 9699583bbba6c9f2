import type { CompiledTariff, Component } from './compile-tariff.ts';
import type { Selection } from './select-components.ts';

/** A period of a session with what prices it. Quantities in units. */
export interface SelectedPeriod {
  readonly selection: Selection;
  readonly energy: bigint;
  readonly charging: bigint;
  readonly parking: bigint;
}

/** What a component prices, and where. */
export interface Charge {
  readonly component: Component;
  /** In units of its dimension. */
  readonly quantity: bigint;
  /** Position of the period. */
  readonly period: number;
}

/** A fee that is due once is due once for an element, at the first period that finds it. */
export function chargesOf(periods: readonly SelectedPeriod[]): Charge[] {
  const charges: Charge[] = [];
  const flatDone = new Set<Component>();
  periods.forEach(({ selection, energy, charging, parking }, period) => {
    const add = (component: Component | undefined, quantity: bigint): void => {
      if (component === undefined || quantity === 0n) return;
      charges.push({ component, quantity, period });
    };
    const { FLAT: flat } = selection;
    if (flat !== undefined && !flatDone.has(flat)) {
      flatDone.add(flat);
      add(flat, 1n);
    }
    add(selection.ENERGY, energy);
    add(selection.TIME, charging);
    add(selection.PARKING_TIME, parking);
    add(selection.SERVICE, energy);
  });
  return charges;
}

/** Time connected without charging that is billed by the fee for it: what is beyond the time of grace, all of a session taken together. */
export function idleChargesOf({ idleFee }: CompiledTariff, periods: readonly SelectedPeriod[]): Charge[] {
  if (idleFee === undefined) return [];
  const charges: Charge[] = [];
  let grace = idleFee.grace;
  periods.forEach(({ parking }, period) => {
    const free = parking < grace ? parking : grace;
    grace -= free;
    if (parking > free) {
      charges.push({ component: idleFee.component, quantity: parking - free, period });
    }
  });
  return charges;
}
