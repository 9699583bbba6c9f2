import { Worker } from 'node:worker_threads';
import { defineError } from '@voltpile/kernel/errors';
import type { Printable } from './render-invoice.ts';
import type { RenderAnswer, RenderTask } from './render-worker.ts';

export const rendererBusy = defineError(
  'invoice.renderer_busy',
  'Unavailable',
  'Too many invoices are being printed at the moment.',
);

interface Waiting {
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

const MAX_WAITING = 50;
/** Ten thousand charges take some ten seconds. */
const TIMEOUT_MS = 120_000;
/** Fonts take some ten megabytes; a thread that nobody needs gives them back. */
const IDLE_MS = 60_000;

/**
 * Prints invoices in a thread of its own, one after the other: a long one takes seconds, for which the process's stations must not wait. The thread
 * begins with the first invoice and ends when none came for a while.
 */
export class PdfRenderer {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastId = 0;

  /** @throws Unavailable `invoice.renderer_busy` */
  async render(invoice: Printable): Promise<Uint8Array> {
    if (this.#waiting.size >= MAX_WAITING) throw rendererBusy();
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ id, invoice } satisfies RenderTask);
      this.#watch();
    });
  }

  /** What is being printed fails. */
  async stop(): Promise<void> {
    await this.#end(new Error('the printing of invoices was stopped'));
  }

  #start(): Worker {
    const worker = new Worker(new URL('./render-worker.ts', import.meta.url), { name: 'invoices' });
    worker.on('message', (answer: RenderAnswer) => this.#take(answer));
    worker.on('error', (error) => {
      if (this.#worker === worker) void this.#end(error as Error);
    });
    worker.on('exit', () => {
      if (this.#worker === worker) void this.#end(new Error('the thread that prints invoices has ended'));
    });
    return worker;
  }

  #take({ id, bytes, error }: RenderAnswer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (bytes === undefined) waiting?.reject(new Error(`an invoice could not be printed: ${error}`));
    else waiting?.resolve(bytes);
    if (this.#waiting.size === 0) this.#worker?.unref();
    this.#watch();
  }

  /** Ends a thread that hangs, or has nothing to do. */
  #watch(): void {
    clearTimeout(this.#timer);
    const isIdle = this.#waiting.size === 0;
    this.#timer = setTimeout(
      () => void this.#end(new Error('an invoice took too long to print')),
      isIdle ? IDLE_MS : TIMEOUT_MS,
    ).unref();
  }

  async #end(reason: Error): Promise<void> {
    clearTimeout(this.#timer);
    const worker = this.#worker;
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
    await worker?.terminate();
  }
}
