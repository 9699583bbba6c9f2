import type { DomainEventType } from '../contract/events.ts';
import { joinedTexts, plainArray, textArray } from '../persistence/array-literal.ts';
import type { BatchQuery, Statement } from '../persistence/batch-connection.ts';
import { uuidArray } from '../persistence/binary-array.ts';

/** An event on its way into the outbox; `id` and time are given by the database. */
export interface NewEvent {
  readonly type: DomainEventType;
  readonly organizationId: string;
  readonly siteId: string | null;
  /** The station's identity. */
  readonly stationId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * The condition gives the transaction its number before the first event gets one of its own, also where the event is the transaction's
 * first write: the tail relies on that order (`outbox-tail.ts`).
 */
const APPEND_EVENTS: Statement = {
  name: 'outbox-append',
  text: `insert into csms.outbox (type, organization_id, site_id, station_id, data)
    select * from unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[], string_to_array($5, E'\\x1e')::json[])
    where pg_current_xact_id() is not null`,
};

/** The statement that appends events, to be sent in the transaction whose facts they tell. Insertion order is the array's. */
export function appendEvents(events: readonly NewEvent[]): BatchQuery {
  return {
    statement: APPEND_EVENTS,
    values: [
      plainArray(events.map((event) => event.type)),
      uuidArray(events.map((event) => event.organizationId)),
      uuidArray(events.map((event) => event.siteId)),
      textArray(events.map((event) => event.stationId)),
      joinedTexts(events.map((event) => JSON.stringify(event.data))),
    ],
  };
}
