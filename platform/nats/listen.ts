import type { Msg } from '@nats-io/transport-node';
import type { Logger } from '../telemetry/logger.ts';
import type { Bus } from './connection.ts';

export interface Listener {
  readonly logger: Logger;
  /** One of those with the same word hears a message; absent: each of them. */
  readonly queue?: string;
  hear(message: Msg): void | Promise<void>;
}

/**
 * Hears what is sent to a subject. What is thrown over one message is logged: let through, it would end the client library's reading of the connection,
 * and the process would be deaf.
 *
 * @returns ends it
 */
export function listen(bus: Bus, subject: string, { logger, queue, hear }: Listener): () => void {
  const take = async (message: Msg): Promise<void> => {
    try {
      await hear(message);
    } catch (err) {
      logger.warn({ err, subject }, 'a message of another process was not served');
    }
  };
  const subscription = bus.connection.subscribe(subject, {
    ...(queue === undefined ? {} : { queue }),
    callback: (error, message) => {
      if (error === null) void take(message);
    },
  });
  return () => {
    if (!subscription.isClosed()) subscription.unsubscribe();
  };
}
