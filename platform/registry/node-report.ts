import type { CalledMethod } from '../nats/port-client.ts';

/** Methods of others that a report tells of. */
export const MOST_CALLS = 500;

/** How much of something waits in a process. */
export interface QueueDepth {
  readonly service: string;
  readonly name: string;
  readonly depth: number;
}

/** What a process knows beside what its services count: what it thinks of those that it calls, and what waits in it. */
export interface NodeReport {
  readonly node: string;
  readonly host: string;
  readonly roles: readonly string[];
  readonly calls: readonly CalledMethod[];
  readonly queues: readonly QueueDepth[];
}

/** The calls that say most, where there are more than a message should carry: a gateway for each of a thousand nodes, say. */
export function worthTelling(calls: readonly CalledMethod[]): readonly CalledMethod[] {
  if (calls.length <= MOST_CALLS) return calls;
  const weight = ({ breaker, waiting, running, recent }: CalledMethod): number =>
    (breaker === 'closed' ? 0 : 1e9) + (waiting + running) * 1e3 + recent.calls;
  return [...calls].sort((one, other) => weight(other) - weight(one)).slice(0, MOST_CALLS);
}
