import type { ValuesOf } from '@voltpile/ykc/fields/field-types';
import {
  tariffCheck,
  tariffCheckReply,
  tariffModel,
  tariffRequest,
  type tariffSet,
} from '@voltpile/ykc/messages/tariff';
import { callTimedOut } from '../station/errors.ts';
import type { SimulatedPile } from './pile.ts';

const REPEAT_SECONDS = 10;
const SLOT_MS = 1_800_000;
const SLOTS = 48;

/** Number of a rate: sharp 0, peak 1, flat 2, valley 3. */
export type Rate = 0 | 1 | 2 | 3;
export const RATES: readonly Rate[] = [0, 1, 2, 3];

/** What the pile charges for, as it was told. */
export interface TariffModel {
  readonly modelNo: string;
  /** Electricity and service of each rate, in 0.00001 yuan/kWh. */
  readonly prices: readonly [number, number, number, number];
  readonly lossPercent: number;
  readonly slots: readonly Rate[];
}

/** Which rate a wall time has. */
export function rateAt(model: TariffModel, wallMs: number): Rate {
  const slot = Math.floor(wallMs / SLOT_MS) % SLOTS;
  return model.slots[slot] as Rate;
}

/** Milliseconds from a wall time to the next half hour. */
export function untilNextSlotMs(wallMs: number): number {
  return SLOT_MS - (wallMs % SLOT_MS);
}

/** @returns undefined for a model that names rates that do not exist */
export function readModel(values: ValuesOf<typeof tariffSet.fields>): TariffModel | undefined {
  if (values.slots.some((slot) => slot > 3)) return undefined;
  return {
    modelNo: values.modelNo,
    prices: [
      values.sharpElec + values.sharpService,
      values.peakElec + values.peakService,
      values.flatElec + values.flatService,
      values.valleyElec + values.valleyService,
    ],
    lossPercent: values.lossRatio,
    slots: values.slots as Rate[],
  };
}

/** The pile's tariff model: kept through power cuts, compared with the central system's after each login. Nobody charges without one. */
export class Tariff {
  readonly #pile: SimulatedPile;
  #isVerified = false;
  model: TariffModel | undefined;

  constructor(pile: SimulatedPile) {
    this.#pile = pile;
  }

  /** There is a model, and since the last login it is known to be the right one. */
  get isVerified(): boolean {
    return this.#isVerified && this.model !== undefined;
  }

  connectionLost(): void {
    this.#isVerified = false;
  }

  take(model: TariffModel): void {
    this.model = model;
    this.#isVerified = true;
  }

  /** Asks until it is answered, as long as the connection lasts. */
  async verify(): Promise<void> {
    while (!this.isVerified && this.#pile.canSpeak) {
      try {
        if (this.model === undefined || !(await this.#isStillRight(this.model))) await this.#fetch();
        else this.#isVerified = true;
      } catch (error) {
        if (!callTimedOut.is(error)) return;
      }
    }
  }

  async #isStillRight({ modelNo }: TariffModel): Promise<boolean> {
    const pileNo = this.#pile.identity;
    const { result } = await this.#pile.ask(tariffCheck, { pileNo, modelNo }, tariffCheckReply, {
      seconds: REPEAT_SECONDS,
    });
    return result === 0;
  }

  async #fetch(): Promise<void> {
    const pileNo = this.#pile.identity;
    const values = await this.#pile.ask(tariffRequest, { pileNo }, tariffModel, { seconds: REPEAT_SECONDS });
    const model = readModel(values);
    if (model !== undefined) return this.take(model);
    this.#pile.tell('violation', { what: '0x0A: slots with rates that do not exist' });
    await this.#pile.timers.sleep(REPEAT_SECONDS * 1000);
  }
}
