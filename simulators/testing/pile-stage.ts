import type { SimulatedStationOptions } from '../station/station-options.ts';
import { VirtualTime } from '../virtual-time.ts';
import { SimulatedPile } from '../ykc/pile.ts';
import type { PileOptions } from '../ykc/pile-options.ts';
import { PileCentralSystem } from './pile-central-system.ts';
import { MORNING } from './stage.ts';

/** The pile of tests. */
export const PILE = '32010600019236';

/** A central system for piles, stepped time, and piles that end with the test. 8:00 UTC is 16:00 on their walls. */
export class PileStage implements AsyncDisposable {
  readonly central: PileCentralSystem;
  readonly time: VirtualTime;
  readonly #piles: SimulatedPile[] = [];

  private constructor(central: PileCentralSystem, time: VirtualTime) {
    this.central = central;
    this.time = time;
  }

  /** @param tls key and certificate of the central system in PEM, for tls:// */
  static async open(tls?: { key: string; cert: string }): Promise<PileStage> {
    const time = VirtualTime.stepped(MORNING);
    return new PileStage(await PileCentralSystem.listen(time, tls), time);
  }

  /** A pile, not yet started. Its meters stand at 1,000,000 Wh; an answer is late after 40 real milliseconds. */
  pile(pile: PileOptions = {}, options: Partial<SimulatedStationOptions> = {}): SimulatedPile {
    const made = new SimulatedPile({
      identity: PILE,
      url: this.central.url,
      time: this.time,
      meterStartWh: 1_000_000,
      reconnect: { jitter: 0 },
      callTimeoutMs: 40,
      ...options,
      pile,
    });
    this.#piles.push(made);
    return made;
  }

  /** A pile that has logged in and knows its tariff. */
  async started(pile: PileOptions = {}, options: Partial<SimulatedStationOptions> = {}): Promise<SimulatedPile> {
    const made = this.pile(pile, options);
    await made.start();
    await this.time.settle();
    return made;
  }

  /** A pile that charges at gun 1 with card D14B0A54. */
  async charging(pile: PileOptions = {}, options: Partial<SimulatedStationOptions> = {}): Promise<SimulatedPile> {
    const made = await this.started(pile, options);
    made.plugIn(1);
    await made.presentCard(1, 'D14B0A54');
    await this.time.settle();
    return made;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#piles.map((pile) => pile.stop()));
    this.time.close();
    await this.central.close();
  }
}
