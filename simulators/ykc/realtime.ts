import { realtimeData } from '@voltpile/ykc/messages/realtime-data';
import type { Gun } from './charge.ts';
import { realtimeValues } from './messages/realtime-data.ts';
import type { SimulatedPile } from './pile.ts';

const IDLE_SECONDS = 300;
const CHARGING_SECONDS = 15;

/** 0x13: on every change, every 15 s while charging, every 5 minutes otherwise, counted from the last one. */
export class Realtime {
  readonly #pile: SimulatedPile;

  constructor(pile: SimulatedPile) {
    this.#pile = pile;
  }

  /** Something has changed. */
  tellStatus(gun: Gun): void {
    if (this.#pile.say(realtimeData, realtimeValues(this.#pile, gun))) this.#pile.ledger.statusTold();
    this.#arm(gun);
  }

  #arm(gun: Gun): void {
    gun.sampleTimer?.cancel();
    const seconds = gun.transaction === undefined ? IDLE_SECONDS : CHARGING_SECONDS;
    gun.sampleTimer = this.#pile.timers.after(seconds * 1000, () => this.#tick(gun));
  }

  #tick(gun: Gun): void {
    this.#arm(gun);
    const { transaction } = gun;
    const wasTold = this.#pile.say(realtimeData, realtimeValues(this.#pile, gun), { isExpendable: true });
    if (!wasTold || transaction === undefined) return;
    this.#pile.ledger.sampled();
    this.#pile.charges.tellBattery(gun);
  }
}
