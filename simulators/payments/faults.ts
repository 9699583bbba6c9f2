export const FAULT_KINDS = [
  /** What was asked for happens, and the answer never comes. */
  'timeout-done',
  /** Nothing happens, and no answer comes. */
  'timeout-not-done',
  /** Nothing happens: 500, which is answered to the same key again. */
  'error',
  /** Nothing happens: 429. */
  'busy',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What requests are about, as far as faults tell them apart. */
export type Operation = 'create' | 'increment' | 'capture' | 'cancel' | 'refund' | 'read' | 'setup' | 'customer';

/** Faults that are still to happen, in the order in which they were asked for. */
export class Faults {
  readonly #waiting: { readonly operation: Operation | 'any'; readonly kind: FaultKind }[] = [];

  /** The next requests of that sort go wrong. */
  add(operation: Operation | 'any', kind: FaultKind, times = 1): void {
    for (let count = 0; count < Math.min(times, 1000); count++) this.#waiting.push({ operation, kind });
  }

  clear(): void {
    this.#waiting.length = 0;
  }

  /** What happens to this request. */
  take(operation: Operation): FaultKind | undefined {
    const at = this.#waiting.findIndex((fault) => fault.operation === operation || fault.operation === 'any');
    return at === -1 ? undefined : this.#waiting.splice(at, 1)[0]?.kind;
  }
}
