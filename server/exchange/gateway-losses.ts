import type { Bus } from '@voltpile/platform/nats/connection';

/** Told to every csms: each of them may have commands under way there. */
const LOST = 'voltpile.registry.v1.gateway-lost';

/** Says that what a gateway had in hand is lost: it is judged to be gone, or has just begun anew. Nobody depends on it. */
export function tellLoss(bus: Bus, node: string): void {
  if (bus.isConnected) bus.connection.publish(LOST, node);
}

/** @returns ends it */
export function hearLosses(bus: Bus, listener: (node: string) => void): () => void {
  const subscription = bus.connection.subscribe(LOST, {
    callback: (error, message) => {
      if (error === null) listener(message.string());
    },
  });
  return () => {
    if (!subscription.isClosed()) subscription.unsubscribe();
  };
}
