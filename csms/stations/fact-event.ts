import type { DomainEventType } from '../contract/events.ts';

/** An event that belongs to a fact; organisation, site and identity are added when it is stored. */
export interface FactEvent {
  readonly type: DomainEventType;
  readonly data: Readonly<Record<string, unknown>>;
}
