import type { Dimension } from '../contract/tariff-preview.ts';
import type { Charge } from './charges.ts';

/**
 * Rounds what is billed up to whole steps (OCPI mod_tariffs, step_size; mod_cdrs): once for all energy of a session, and once for its time. Where
 * parking is priced, its time is rounded and that of charging is left exact. The step is that of the last component, and so is the price of what is added.
 * The time of a reservation is TIME like that of charging. Service counts for the energy that is billed.
 */
export function roundSteps(charges: readonly Charge[]): Charge[] {
  const rounded = [...charges];
  const ofType = (type: Dimension) => charges.filter((charge) => charge.component.type === type);
  const parking = ofType('PARKING_TIME');
  addToLast(rounded, parking.length > 0 ? parking : ofType('TIME'));
  const added = addToLast(rounded, ofType('ENERGY'));
  const service = ofType('SERVICE').at(-1);
  if (service !== undefined) add(rounded, service, added);
  return rounded;
}

/** What is missing to a whole step of the last component. */
export function missingToStep(charges: readonly Charge[]): bigint {
  const step = charges.at(-1)?.component.step ?? 0n;
  if (step === 0n) return 0n;
  const total = charges.reduce((sum, { quantity }) => sum + quantity, 0n);
  return (step - (total % step)) % step;
}

function addToLast(rounded: Charge[], group: readonly Charge[]): bigint {
  const missing = missingToStep(group);
  const last = group.at(-1);
  if (last !== undefined) add(rounded, last, missing);
  return missing;
}

function add(rounded: Charge[], charge: Charge, missing: bigint): void {
  if (missing === 0n) return;
  rounded[rounded.indexOf(charge)] = { ...charge, quantity: charge.quantity + missing };
}
