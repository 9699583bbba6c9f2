import type { Charge } from './rate-periods.ts';
import { Rational } from './rational.ts';

const WH_PER_KWH = Rational.of(1000n);

/**
 * Rounds what is billed up to whole steps (OCPI mod_tariffs, step_size; mod_cdrs): once for all energy of a session, and once for its time. Where
 * parking is priced, its time is rounded and that of charging is left exact. The step is that of the last component, and so is the price of what is added.
 * Reservations are counted apart from what they were made for.
 */
export function roundSteps(charges: readonly Charge[]): Charge[] {
  const rounded = [...charges];
  for (const isReservation of [false, true]) {
    const ofKind = (type: Charge['component']['type']) =>
      charges.filter((charge) => charge.component.type === type && charge.isReservation === isReservation);
    const parking = ofKind('PARKING_TIME');
    for (const group of [ofKind('ENERGY'), parking.length > 0 ? parking : ofKind('TIME')]) roundUp(group, rounded);
  }
  return rounded;
}

function roundUp(group: readonly Charge[], rounded: Charge[]): void {
  const last = group.at(-1);
  if (last === undefined) return;
  const { component } = last;
  const step = Rational.of(BigInt(component.step_size));
  const inSteps = component.type === 'ENERGY' ? step.dividedBy(WH_PER_KWH) : step;
  const total = group.reduce((sum, { quantity }) => sum.plus(quantity), Rational.ZERO);
  const added = total.upToMultipleOf(inSteps).minus(total);
  if (added.isZero) return;
  const at = rounded.indexOf(last);
  rounded[at] = { ...last, quantity: last.quantity.plus(added) };
}
