import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { AccessScope } from './access-scope.ts';

/** What has happened, told after the fact was committed. `id` grows; per station the order of ids is the order of the facts. */
export interface DomainEvent {
  /** Decimal text of a 64-bit number. */
  readonly id: string;
  readonly type: DomainEventType;
  readonly recordedAt: Instant;
  readonly organizationId: Uuid;
  readonly siteId: Uuid | null;
  /** The station's identity (its public `id`); null when the event is about none. */
  readonly stationId: string | null;
  /** JSON-safe, in the API's own shapes (camelCase, RFC 3339 times, energy in Wh). */
  readonly data: Readonly<Record<string, unknown>>;
}

export const DOMAIN_EVENT_TYPES = [
  'station.registered',
  'station.updated',
  'station.connected',
  'station.disconnected',
  'station.booted',
  'connector.status-changed',
  'id-token.authorized',
  'transaction.started',
  'transaction.updated',
  'transaction.metered',
  'transaction.ended',
  'transaction.cost-changed',
  'evse.metered',
  'firmware.status-changed',
  'log.status-changed',
  'security-event.reported',
  'certificate.requested',
  'data.transferred',
  'device.reported',
  'device-event.reported',
  'monitoring.reported',
  'variable.changed',
  'charging-limit.changed',
  'charging-needs.reported',
  'charging-schedule.reported',
  'charging-profiles.reported',
  'reservation.changed',
  'local-list.changed',
  'fact.reported',
  'command.created',
  'command.finished',
] as const;
export type DomainEventType = (typeof DOMAIN_EVENT_TYPES)[number];

/** Reading side of the outbox, for server-sent events. */
export interface EventsPort {
  /**
   * Events after the given id, oldest first, never past a commit that is still under way.
   *
   * @param afterId null: start at the newest event (returns no items, only `lastId`)
   * @returns `reset` when `afterId` is older than what is kept
   */
  read(
    scope: AccessScope,
    afterId: string | null,
    limit: number,
  ): Promise<
    | { readonly kind: 'events'; readonly items: DomainEvent[]; readonly lastId: string }
    | { readonly kind: 'reset'; readonly lastId: string }
  >;
  /** Resolves soon after something newer than `afterId` may be readable, or after the timeout. */
  wait(afterId: string, timeoutMs: number): Promise<void>;
}

/** Implemented by services that hear of the stations' domain. */
export interface EventConsumerPort {
  /** What is to be heard; others are not delivered. */
  types(): Promise<readonly DomainEventType[]>;
  /** Takes events of these types in order; resolves after what follows from them was stored. One that comes again changes nothing. */
  follow(events: readonly DomainEvent[]): Promise<void>;
}
