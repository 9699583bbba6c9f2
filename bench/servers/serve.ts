import { createInterface } from 'node:readline';

/** A server under test, as the bench's own process sees it. */
export interface ServedRung {
  readonly url: string;
  /** Rows that are stored; null for servers that store nothing. */
  count(): Promise<{ starts: number; meterValues: number; samples: number; stops: number } | null>;
  stop(): Promise<void>;
}

/**
 * Runs a rung as a process of its own: tells the URL on standard output, then obeys `gc`, `count` and `stop`, a word a line, and answers each
 * with a line.
 */
export async function serve(start: () => Promise<ServedRung>): Promise<void> {
  const rung = await start();
  const tell = (value: unknown): void => void process.stdout.write(`bench ${JSON.stringify(value)}\n`);
  tell({ url: rung.url });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'gc') {
      globalThis.gc?.();
      tell({});
    } else if (line === 'count') tell(await rung.count());
    else if (line === 'stop') break;
  }
  await rung.stop();
  process.exit(0);
}
