import type { Dimension } from '../contract/tariff-preview.ts';
import type { Charge } from './charges.ts';

/**
 * Rounds what is billed up to whole steps (OCPI mod_tariffs, step_size; mod_cdrs): once for all energy of a session, and once for its time. Where
 * parking is billed, its time is rounded and that of charging is left exact. The step is that of the last component, and so is the price of what is added.
 * The time of a reservation is TIME like that of charging. Service counts for the energy that is billed.
 *
 * @returns the charges in their order, each with what was added to it
 */
export function roundSteps(charges: readonly Charge[]): Charge[] {
  const rounded = [...charges];
  const ofType = (type: Dimension) => charges.filter(({ component }) => component.type === type);
  const energy = ofType('ENERGY');
  addToLast(rounded, energy);
  addServiceToo(rounded, energy);
  const parking = ofType('PARKING_TIME');
  addToLast(rounded, parking.length > 0 ? parking : ofType('TIME'));
  return rounded;
}

/** What is missing to a whole step of the last component. */
export function missingToStep(charges: readonly Charge[]): bigint {
  const step = charges.at(-1)?.component.step ?? 0n;
  if (step === 0n) return 0n;
  const total = charges.reduce((sum, { quantity }) => sum + quantity, 0n);
  return (step - (total % step)) % step;
}

function addToLast(rounded: Charge[], group: readonly Charge[]): void {
  const last = group.at(-1);
  if (last !== undefined) add(rounded, last, missingToStep(group));
}

/** What is added to the energy of a period has the fee for service of that period. */
function addServiceToo(rounded: Charge[], energy: readonly Charge[]): void {
  const last = energy.at(-1);
  const service = rounded.find(({ component, period }) => component.type === 'SERVICE' && period === last?.period);
  if (service !== undefined) add(rounded, service, missingToStep(energy));
}

function add(rounded: Charge[], charge: Charge, missing: bigint): void {
  if (missing === 0n) return;
  rounded[rounded.indexOf(charge)] = { ...charge, quantity: charge.quantity + missing };
}
