import { EventEmitter } from 'node:events';
import type { VirtualTime } from '../virtual-time.ts';
import type { StationEvent, StationEventFacts, StationEventOf, StationEventType } from './events.ts';

type EventMap = { event: [StationEvent] } & { [T in StationEventType]: [StationEventOf<T>] };

const MAX_LISTENERS = 100;
const WAIT_FOR_PATIENCE_MS = 15_000;

/** Emits each thing that happens at a station as `event` and under its own type. */
export abstract class EventSource extends EventEmitter<EventMap> {
  readonly identity: string;
  readonly time: VirtualTime;

  protected constructor(identity: string, time: VirtualTime) {
    super();
    this.setMaxListeners(MAX_LISTENERS);
    this.identity = identity;
    this.time = time;
  }

  tell<T extends StationEventType>(type: T, facts: StationEventFacts[T]): void {
    const event = { type, at: this.time.now(), station: this.identity, ...facts } as unknown as StationEventOf<T>;
    // The emitter's types cannot follow that the facts belong to the type.
    const emit = this.emit.bind(this) as (name: string, event: unknown) => boolean;
    emit(type, event);
    emit('event', event);
  }

  /**
   * Waits for the next event of a type.
   *
   * @param matches only this one counts
   * @param options.timeoutMs real milliseconds to wait at most; 15,000 when absent
   */
  waitFor<T extends StationEventType>(
    type: T,
    matches: (event: StationEventOf<T>) => boolean = () => true,
    options: { timeoutMs?: number } = {},
  ): Promise<StationEventOf<T>> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timeout);
        this.off('event', listen);
      };
      const timeoutMs = options.timeoutMs ?? WAIT_FOR_PATIENCE_MS;
      const timeout = setTimeout(() => {
        finish();
        reject(new Error(`${this.identity}: no ${type} within ${timeoutMs} ms`));
      }, timeoutMs);
      const listen = (event: StationEvent) => {
        if (event.type !== type || !matches(event as StationEventOf<T>)) return;
        finish();
        resolve(event as StationEventOf<T>);
      };
      this.on('event', listen);
    });
  }
}
