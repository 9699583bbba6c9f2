import { toEvseId } from '../values/guns.ts';
import { gunOfSerial } from '../values/serials.ts';
import type { GunState } from './gun-state.ts';
import type { YkcPile } from './ykc-pile.ts';

/** The gun that tells of a charge, or the one in its serial; undefined when neither is known. */
export function gunOfCharge(serial: string, pile: YkcPile): GunState | undefined {
  for (const gun of pile.gunsKnown()) {
    if (gun.charge?.serial === serial) return gun;
  }
  const told = gunOfSerial(serial, pile.link.identity);
  const evseId = told === undefined ? undefined : toEvseId(told, pile.guns);
  return evseId === undefined ? undefined : pile.gunAt(evseId);
}
