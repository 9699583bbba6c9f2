import { AsyncLocalStorage } from 'node:async_hooks';
import { randomFillSync } from 'node:crypto';

/** W3C trace context: what belongs together, over all services that take part. */
const current = new AsyncLocalStorage<string>();

/** Trace and span. Asked for one by one, random bytes cost more than the rest of a call. */
const TRACE_BYTES = 24;
const pool = Buffer.allocUnsafe(TRACE_BYTES * 256);
let poolOffset = pool.length;

const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Of what is being done; undefined outside of {@link withTrace}. */
export function currentTraceparent(): string | undefined {
  return current.getStore();
}

/** The part that all services share, for logs; undefined outside of {@link withTrace}. */
export function currentTraceId(): string | undefined {
  return current.getStore()?.slice(3, 35);
}

export function newTraceparent(): string {
  if (poolOffset === pool.length) {
    randomFillSync(pool);
    poolOffset = 0;
  }
  const text = pool.toString('hex', poolOffset, poolOffset + TRACE_BYTES);
  poolOffset += TRACE_BYTES;
  return `00-${text.slice(0, 32)}-${text.slice(32)}-01`;
}

/** Does something as part of a trace: of a new one where none is given, or one that cannot be read. */
export function withTrace<T>(traceparent: string | undefined, work: () => T): T {
  const trace = traceparent !== undefined && TRACEPARENT.test(traceparent) ? traceparent : newTraceparent();
  return current.run(trace, work);
}
