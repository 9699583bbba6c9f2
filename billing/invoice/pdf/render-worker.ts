import { parentPort } from 'node:worker_threads';
import { type Printable, renderInvoice } from './render-invoice.ts';

/** In a thread of its own: prints what it is sent, in order. */
export interface RenderTask {
  readonly id: number;
  readonly invoice: Printable;
}

export interface RenderAnswer {
  readonly id: number;
  readonly bytes?: Uint8Array;
  readonly error?: string;
}

const port = parentPort;
port?.on('message', async ({ id, invoice }: RenderTask) => {
  try {
    port.postMessage({ id, bytes: await renderInvoice(invoice) } satisfies RenderAnswer);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    port.postMessage({ id, error: text } satisfies RenderAnswer);
  }
});
