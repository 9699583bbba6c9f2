import type { DomainEvent, DomainEventType, EventConsumerPort } from '@voltpile/csms/contract/events';
import { OutboxRelay, type RelayOptions } from '@voltpile/csms/outbox/relay';
import { VoltpileError } from '@voltpile/kernel/errors';
import { callTooLarge } from '@voltpile/platform/nats/wire';
import { withTrace } from '@voltpile/platform/telemetry/trace';

/** Nobody waits for what follows from events by the millisecond; a busy outbox is read in larger pieces. */
const EVENTS_PAUSE_MS = 200;
/** How often a consumer is asked what it wants to hear: another version of it may have come. */
const ASK_AGAIN_MS = 10_000;

/** Carries events to a consumer, wherever it runs. */
export function relayEvents(
  options: Pick<RelayOptions, 'tail' | 'database' | 'logger' | 'consumer' | 'startAt'>,
  consumer: EventConsumerPort,
): OutboxRelay {
  const wanted = new Set<DomainEventType>();
  let askedMs = Number.NEGATIVE_INFINITY;
  const types = async (): Promise<readonly DomainEventType[]> => {
    if (performance.now() - askedMs > ASK_AGAIN_MS) {
      // While two versions run side by side, what either of them wants is delivered.
      for (const type of await consumer.types()) wanted.add(type);
      askedMs = performance.now();
    }
    return [...wanted];
  };
  const deliver = async (events: readonly DomainEvent[]): Promise<void> => {
    try {
      await consumer.follow(events);
    } catch (error) {
      if (!(error instanceof VoltpileError && callTooLarge.is(error)) || events.length < 2) throw error;
      const half = Math.ceil(events.length / 2);
      await deliver(events.slice(0, half));
      await deliver(events.slice(half));
    }
  };
  const deliverAll = (events: readonly DomainEvent[]) => withTrace(undefined, () => deliver(events));
  return new OutboxRelay({ ...options, types, deliver: deliverAll, pauseMs: EVENTS_PAUSE_MS });
}
