import type { MeteredSession, Reading } from './metered-session.ts';

/** A place in a session: how much energy had come by when. */
export interface Point {
  readonly atMs: number;
  readonly energyMilliWh: bigint;
  /** No reading says so: it lies on the line between two. */
  readonly interpolated: boolean;
}

/**
 * Energy over time: straight from reading to reading, since nobody knows better. Where several readings are of one moment, what the last of them tells
 * had come by then, so that it costs the same whether the session ends there or goes on.
 */
export class EnergyCurve {
  readonly #readings: readonly Pick<Reading, 'atMs' | 'energyMilliWh'>[];

  constructor({ startMs, endMs, readings }: MeteredSession) {
    const total = readings.at(-1)?.energyMilliWh ?? 0n;
    this.#readings = [{ atMs: startMs, energyMilliWh: 0n }, ...readings, { atMs: endMs, energyMilliWh: total }];
  }

  get start(): Point {
    return this.#point(0);
  }

  get end(): Point {
    return this.#point(this.#readings.length - 1);
  }

  /** The energy at a moment after the start and before the end, in whole milliwatt-hours; with all that was read at that very moment. */
  at(atMs: number): Point {
    const index = this.#first((reading) => reading.atMs > atMs);
    const [before, after] = [this.#reading(index - 1), this.#reading(index)];
    if (before.atMs === atMs) return this.#point(index - 1);
    const difference = after.energyMilliWh - before.energyMilliWh;
    const share = (difference * BigInt(atMs - before.atMs)) / BigInt(after.atMs - before.atMs);
    return { atMs, energyMilliWh: before.energyMilliWh + share, interpolated: difference !== 0n };
  }

  /** Where that much energy had come, at the next whole millisecond; undefined when it never did. */
  when(energyMilliWh: bigint): Point | undefined {
    if (energyMilliWh > this.end.energyMilliWh) return undefined;
    const index = this.#first((reading) => reading.energyMilliWh >= energyMilliWh);
    const after = this.#reading(index);
    if (after.energyMilliWh === energyMilliWh || index === 0) return { ...this.#point(index), energyMilliWh };
    const before = this.#reading(index - 1);
    const difference = after.energyMilliWh - before.energyMilliWh;
    const duration = (energyMilliWh - before.energyMilliWh) * BigInt(after.atMs - before.atMs);
    const wait = Number((duration + difference - 1n) / difference);
    return { atMs: before.atMs + wait, energyMilliWh, interpolated: true };
  }

  #point(index: number): Point {
    const { atMs, energyMilliWh } = this.#reading(index);
    return { atMs, energyMilliWh, interpolated: false };
  }

  #reading(index: number): Pick<Reading, 'atMs' | 'energyMilliWh'> {
    const reading = this.#readings[index];
    if (reading === undefined) throw new Error('asked for a reading outside the session');
    return reading;
  }

  /** The first reading for which that is so; it is so for all that follow. */
  #first(isSo: (reading: Pick<Reading, 'atMs' | 'energyMilliWh'>) => boolean): number {
    let [low, high] = [0, this.#readings.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isSo(this.#reading(middle))) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
