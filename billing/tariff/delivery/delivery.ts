import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { DeliveryState } from '../../contract/tariff-deliveries.ts';

/** What a station should be told of prices, and what it was told. */
export interface Delivery {
  readonly stationId: string;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly wantedVersionId: Uuid | null;
  /** null: it can be told none. */
  readonly wantedDigest: string | null;
  readonly state: DeliveryState;
  /** null: not known, or none of ours. */
  readonly confirmedDigest: string | null;
  readonly confirmedBy: 'command' | 'asking' | null;
  readonly confirmedAt: Instant | null;
  /** In `sent`, null: a command may be under way that nobody has noted. */
  readonly commandId: Uuid | null;
  readonly sentDigest: string | null;
  readonly sentAt: Instant | null;
  /** With the prices that are wanted. */
  readonly attempts: number;
  /** null: it waits for something to happen at the station. */
  readonly dueAt: Instant | null;
  readonly problem: string | null;
}

/** What a station should be told, as it is now. */
export interface Wanted {
  readonly stationId: string;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly versionId: Uuid | null;
  readonly digest: string | null;
  /** Why it can be told none. */
  readonly problem: string | null;
}

/** What became of a command that tells prices. */
export interface CommandEnd {
  readonly commandId: Uuid;
  readonly status: 'accepted' | 'rejected' | 'failed' | 'timeout' | 'offline' | 'unknown';
  /** Of the prices that it told. */
  readonly digest: string;
  readonly at: Instant;
  readonly problem: string;
}
