import WebSocket from 'ws';
import { stationName } from './load.ts';

export interface StormResult {
  readonly seconds: number;
  /** How often a station was turned away, or its connection broke, before it was in. */
  readonly turnedAway: number;
}

const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 3000;
const PATIENCE_MS = 300_000;

/**
 * Stations that all lost their connection and come back at once, as after a power cut: each connects, and boots until it is told that it may. Who is turned away
 * tries again, later each time and not at the same time as the others, as stations do.
 *
 * @param isAnswer whether a frame lets a station in
 */
export async function runStorm(
  urls: readonly string[],
  stations: number,
  isAnswer: (frame: string) => boolean,
): Promise<StormResult> {
  const began = performance.now();
  let turnedAway = 0;
  const sockets: WebSocket[] = [];
  const attempt = (index: number): Promise<boolean> =>
    new Promise((resolve) => {
      const url = urls[index % urls.length] as string;
      const socket = new WebSocket(`${url}/${stationName(index)}`, 'ocpp1.6', {
        perMessageDeflate: false,
        handshakeTimeout: 30_000,
      });
      socket.once('open', () => {
        socket.send('[2,"boot","BootNotification",{"chargePointVendor":"Bench","chargePointModel":"One"}]');
      });
      socket.on('message', (data) => {
        if (!isAnswer(data.toString())) return;
        sockets.push(socket);
        resolve(true);
      });
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
    });
  const station = async (index: number): Promise<void> => {
    for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)) {
      if (await attempt(index)) return;
      turnedAway += 1;
      if (performance.now() - began > PATIENCE_MS) throw new Error(`station ${index} is not in`);
      await new Promise((resolve) => setTimeout(resolve, retryMs * (0.5 + Math.random())));
    }
  };
  await Promise.all(Array.from({ length: stations }, (_, index) => station(index)));
  const seconds = (performance.now() - began) / 1000;
  const lost = sockets.filter((socket) => socket.readyState !== WebSocket.OPEN).length;
  for (const socket of sockets) socket.terminate();
  if (lost > 0) throw new Error(`${lost} stations were in and lost their connection`);
  return { seconds, turnedAway };
}
