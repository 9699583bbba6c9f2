import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type { Counter, Gauge, Histogram };

/** Labels must come from small fixed sets: an action, an outcome. Never a station, a card or an address. */
export type Labels = Readonly<Record<string, string>>;

/**
 * A registry of one process, with helpers that make metrics in it. Handed to each room at its making, so that two servers in one test
 * process do not share numbers.
 */
export interface Metrics {
  readonly registry: Registry;
  /** Something that only grows. The name ends in `_total`. */
  counter<L extends string>(name: string, help: string, labelNames?: readonly L[]): Counter<L>;
  /** Something that is read when asked for: `collect` sets it. */
  gauge<L extends string>(
    name: string,
    help: string,
    labelNames?: readonly L[],
    collect?: (gauge: Gauge<L>) => void | Promise<void>,
  ): Gauge<L>;
  /** Durations are in seconds. */
  histogram<L extends string>(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames?: readonly L[],
  ): Histogram<L>;
}

/**
 * Shows a counter with every one of these labels, at 0, from the start: of a series that is born with its first value no rate or increase sees that
 * value, and an alert for the first of something stays silent.
 *
 * @param values of each label all there are; where a label is one of several, every combination
 */
export function fromZero<L extends string>(
  counter: Counter<L>,
  values: Readonly<Record<L, readonly string[]>>,
): Counter<L> {
  let all: Partial<Record<L, string>>[] = [{}];
  for (const [name, known] of Object.entries(values) as [L, readonly string[]][]) {
    all = all.flatMap((labels) => known.map((value) => ({ ...labels, [name]: value })));
  }
  for (const labels of all) counter.inc(labels, 0);
  return counter;
}

/** 0.5 ms to 10 s: from a handled heartbeat to a held reply. */
export const DURATION_BUCKETS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** 1 to 1,000 in steps of about two: batch sizes, queue lengths. */
export const COUNT_BUCKETS: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/**
 * @param options.process whether Node's own numbers (memory, event loop, garbage collection) are among them; off in tests, because it
 *   starts observers that live as long as the process
 */
export function createMetrics(options: { readonly process?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (options.process === true) collectDefaultMetrics({ register: registry });
  return {
    registry,
    counter: (name, help, labelNames = []) =>
      new Counter({ name, help, labelNames: [...labelNames], registers: [registry] }),
    gauge: (name, help, labelNames = [], collect) =>
      new Gauge({
        name,
        help,
        labelNames: [...labelNames],
        registers: [registry],
        ...(collect === undefined
          ? {}
          : {
              collect() {
                return collect(this);
              },
            }),
      }),
    histogram: (name, help, buckets, labelNames = []) =>
      new Histogram({ name, help, buckets: [...buckets], labelNames: [...labelNames], registers: [registry] }),
  };
}
