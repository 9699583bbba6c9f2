import * as z from 'zod';
import type { Bus } from '../nats/connection.ts';
import { listen } from '../nats/listen.ts';
import { decode, encode } from '../nats/wire.ts';
import type { Logger } from '../telemetry/logger.ts';
import { type Instance, readInstance, toMetadata } from './instances.ts';
import type { ServiceHistory } from './service-history.ts';

const LEAVING = 'voltpile.registry.v1.leaving';
/** One of those that keep something writes it down. */
const QUEUE = 'registry';
const MOST_ROLES = 20;
const PATIENCE_MS = 2000;

const farewell = z.array(z.unknown()).max(MOST_ROLES);

/**
 * Writes down the stops of processes that keep nothing themselves.
 *
 * @returns ends it
 */
export function hearFarewells(bus: Bus, history: Pick<ServiceHistory, 'noteStop'>, logger: Logger): () => void {
  return listen(bus, LEAVING, {
    queue: QUEUE,
    logger,
    async hear(message) {
      const told = farewell.parse(decode(message.data));
      await history.noteStop(told.flatMap((one) => readInstance(one) ?? []));
      message.respond();
    },
  });
}

/** Tells that this process stops. Nothing depends on it: where nobody hears, its absence is seen after a while. */
export async function sayFarewell(bus: Bus, instances: readonly Instance[]): Promise<void> {
  if (!bus.isConnected) return;
  const told = instances.map((instance) => ({
    name: instance.service,
    id: instance.id,
    version: instance.version,
    metadata: toMetadata(instance),
  }));
  await bus.connection.request(LEAVING, encode(told), { timeout: PATIENCE_MS }).catch(() => {});
}
