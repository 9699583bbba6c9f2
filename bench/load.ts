import { once } from 'node:events';
import WebSocket from 'ws';
import { type Protocol, WORDS } from './words.ts';

/** What the generator has seen acknowledged, and how long it took. */
export interface LoadResult {
  readonly messages: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly acknowledged: { readonly starts: number; readonly meterValues: number; readonly stops: number };
}

export interface LoadOptions {
  /** `ws://127.0.0.1:9220/ocpp` */
  readonly url: string;
  readonly stations: number;
  readonly protocol: Protocol;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Called when the measured part begins and ends. */
  readonly onMark: (mark: 'begin' | 'end') => Promise<void> | void;
}

const METER_VALUES_PER_TRANSACTION = 10;
/** Latencies above 10 s share the last bucket; buckets are 0.05 ms wide. */
const BUCKETS = 200_000;
const BUCKET_MS = 0.05;

export const stationName = (index: number): string => `BENCH-${String(index).padStart(5, '0')}`;
export const tokenName = (index: number): string => `BENCHTOKEN${String(index).padStart(5, '0')}`;

/**
 * Drives charging stations in a closed loop: each sends its next message when the last one is answered. A start, ten reports of six
 * samples, an end, and again. Frames are built by hand, so that no library of the server's is measured twice.
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const histogram = new Uint32Array(BUCKETS);
  const acknowledged = { starts: 0, meterValues: 0, stops: 0 };
  let measuring = false;
  let messages = 0;
  let stopping = false;
  const finished: Promise<void>[] = [];

  const words = WORDS[options.protocol];
  const sockets = await connectAll(options.url, options.stations, options.protocol);
  sockets.forEach((socket, index) => {
    finished.push(
      new Promise((resolve, reject) => {
        const token = tokenName(index);
        let step = -1;
        let name = '';
        let meter = 1000 + index;
        let clock = 0;
        let sentAt = 0;
        let serial = 0;
        let charges = 0;
        const next = (): void => {
          clock = Math.max(Date.now(), clock + 1);
          meter += 1;
          if (step === 0) name = `${index}-${++charges}`;
          const at = new Date(clock).toISOString();
          const facts = { id: `${index}-${++serial}`, name, token, at, meter, count: step };
          sentAt = performance.now();
          if (step === 0) socket.send(words.start(facts));
          else if (step <= METER_VALUES_PER_TRANSACTION) socket.send(words.measure(facts));
          else socket.send(words.stop(facts));
        };
        socket.on('message', (data) => {
          if (step >= 0) {
            const tookMs = performance.now() - sentAt;
            const text = data.toString();
            if (text.startsWith('[4')) {
              reject(new Error(`the server answered ${text.slice(0, 200)}`));
              return;
            }
            if (measuring) {
              messages += 1;
              const bucket = Math.min(BUCKETS - 1, Math.floor(tookMs / BUCKET_MS));
              histogram[bucket] = (histogram[bucket] as number) + 1;
            }
            if (step === 0) {
              acknowledged.starts += 1;
              name = words.nameOf(text, name);
            } else if (step <= METER_VALUES_PER_TRANSACTION) acknowledged.meterValues += 1;
            else acknowledged.stops += 1;
          }
          step = step === METER_VALUES_PER_TRANSACTION + 1 ? 0 : step + 1;
          if (stopping) resolve();
          else next();
        });
        socket.on('close', () => reject(new Error('the server closed a connection')));
        socket.send(words.boot);
      }),
    );
  });

  const all = Promise.all(finished);
  // A failure during the measurement must not go unheard until its end.
  const failed = new Promise<never>((_, reject) => all.catch(reject));
  failed.catch(() => {});
  const pause = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  await Promise.race([pause(options.warmUpSeconds), failed]);
  await options.onMark('begin');
  measuring = true;
  const begun = performance.now();
  await Promise.race([pause(options.seconds), failed]);
  measuring = false;
  const seconds = (performance.now() - begun) / 1000;
  await options.onMark('end');
  stopping = true;
  await all;
  for (const socket of sockets) socket.removeAllListeners('close').close();
  return { messages, seconds, p50Ms: percentile(histogram, 0.5), p99Ms: percentile(histogram, 0.99), acknowledged };
}

/** Opens connections, a hundred at a time. */
export async function connectAll(url: string, stations: number, protocol: Protocol = 'ocpp1.6'): Promise<WebSocket[]> {
  const sockets: WebSocket[] = [];
  for (let first = 0; first < stations; first += 100) {
    const opening = Array.from({ length: Math.min(100, stations - first) }, async (_, offset) => {
      const socket = new WebSocket(`${url}/${stationName(first + offset)}`, protocol, { perMessageDeflate: false });
      await once(socket, 'open');
      return socket;
    });
    sockets.push(...(await Promise.all(opening)));
  }
  return sockets;
}

function percentile(histogram: Uint32Array, fraction: number): number {
  const total = histogram.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (let bucket = 0; bucket < histogram.length; bucket++) {
    seen += histogram[bucket] as number;
    if (seen >= total * fraction) return (bucket + 1) * BUCKET_MS;
  }
  return 0;
}
