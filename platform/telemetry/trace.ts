import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

/** W3C trace context: what belongs together, over all services that take part. */
const current = new AsyncLocalStorage<string>();

const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Of what is being done; undefined outside of {@link withTrace}. */
export function currentTraceparent(): string | undefined {
  return current.getStore();
}

/** The part that all services share, for logs. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}

export function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
}

/** Does something as part of a trace. One that cannot be read is replaced by a new one. */
export function withTrace<T>(traceparent: string | undefined, work: () => T): T {
  const trace = traceparent !== undefined && TRACEPARENT.test(traceparent) ? traceparent : newTraceparent();
  return current.run(trace, work);
}
