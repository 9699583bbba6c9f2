import { AsyncLocalStorage } from 'node:async_hooks';
import { setMaxListeners } from 'node:events';

/** Tells that whoever waits for what is being done has gone. */
const current = new AsyncLocalStorage<AbortSignal>();

/** Does something for somebody who may go away before it is done. */
export function withCaller<T>(gone: AbortSignal, work: () => T): T {
  // Many calls may wait for the sake of one request.
  setMaxListeners(0, gone);
  return current.run(gone, work);
}

/** Of what is being done; undefined outside of {@link withCaller}: nobody is known to wait, or to have gone. */
export function currentCaller(): AbortSignal | undefined {
  return current.getStore();
}
