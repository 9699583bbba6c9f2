import { randomUUID } from 'node:crypto';

interface Kept {
  readonly parts: readonly Uint8Array[];
  readonly timer: NodeJS.Timeout;
}

/** A caller fetches the parts one after the other; one that does not come has gone. */
const KEEP_MS = 30_000;

/** Answers that are longer than a message, until their parts were fetched. Limited: what is beyond is not kept. */
export class PartsStore {
  readonly #mostBytes: number;
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** @returns the name under which the parts can be fetched; undefined when there is no room */
  keep(bytes: Uint8Array, partBytes: number): { readonly id: string; readonly count: number } | undefined {
    if (partBytes <= 0 || this.#bytes + bytes.length > this.#mostBytes) return undefined;
    const parts: Uint8Array[] = [];
    for (let from = 0; from < bytes.length; from += partBytes) parts.push(bytes.subarray(from, from + partBytes));
    const id = randomUUID();
    this.#bytes += bytes.length;
    this.#kept.set(id, { parts, timer: setTimeout(() => this.#forget(id), KEEP_MS).unref() });
    return { id, count: parts.length };
  }

  /** The last part takes all of them away. */
  take(id: string, index: number): Uint8Array | undefined {
    const kept = this.#kept.get(id);
    const part = kept?.parts[index];
    if (kept !== undefined && index === kept.parts.length - 1) this.#forget(id);
    return part;
  }

  clear(): void {
    for (const id of [...this.#kept.keys()]) this.#forget(id);
  }

  #forget(id: string): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    clearTimeout(kept.timer);
    this.#bytes -= kept.parts.reduce((sum, part) => sum + part.length, 0);
    this.#kept.delete(id);
  }
}
