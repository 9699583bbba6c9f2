import { parkingLockStatus } from '@voltpile/ykc/messages/parking-lock';
import type { SimulatedPile } from './pile.ts';
import { gunText } from './serial.ts';

const REPORT_SECONDS = 300;
const MOVING_SECONDS = 5;

type Position = '00' | '55' | 'ff';
const MOVING: Position = '00';
const LOWERED: Position = 'ff';

/** Locks on the parking spaces, one a gun: told every five minutes and when they move. Lowered at first. */
export class ParkingLocks {
  readonly #pile: SimulatedPile;
  readonly #positions = new Map<number, string>();

  constructor(pile: SimulatedPile) {
    this.#pile = pile;
  }

  /** The pile has its power. */
  begin(): void {
    for (const { id } of this.#pile.chargingConnectors) this.#arm(id);
  }

  tellAll(): void {
    for (const { id } of this.#pile.chargingConnectors) this.#tell(id);
  }

  /** @param position 55 raised, ff lowered */
  move(gun: number, position: string): void {
    this.#positions.set(gun, MOVING);
    this.#pile.timers.after(MOVING_SECONDS * 1000, () => {
      this.#positions.set(gun, position);
      this.#tell(gun);
    });
  }

  #arm(gun: number): void {
    this.#pile.timers.after(REPORT_SECONDS * 1000, () => {
      this.#tell(gun);
      this.#arm(gun);
    });
  }

  #tell(gun: number): void {
    const isTaken = this.#pile.connector(gun).vehicle !== undefined;
    this.#pile.say(
      parkingLockStatus,
      {
        pileNo: this.#pile.identity,
        gun: gunText(gun),
        lock: this.#positions.get(gun) ?? LOWERED,
        space: isTaken ? 'ff' : '00',
        battery: 90,
        alarm: '00',
        rsv: '00000000',
      },
      { isExpendable: true },
    );
  }
}
