import type { Instant } from '@voltpile/kernel/clock';
import type { MessageOrigin } from '../contract/station-port.ts';
import type { SampleKind } from '../samples/normalise-sample.ts';
import type { PreparedSample } from '../samples/prepare-readings.ts';
import { joinedTexts, plainArray, textArray } from './array-literal.ts';
import type { BatchQuery, Statement } from './batch-connection.ts';
import { integerArray, smallintArray, timeArray, uuidArray } from './binary-array.ts';

const INSERT_SAMPLES: Statement = {
  name: 'samples-insert',
  text: `insert into csms.samples
      (owner_id, partition_at, occurred_at, kind_id, ordinal, value, text_value, effective_at, received_at)
    select * from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::int[], $5::smallint[], $6::numeric[], $7::text[],
      $8::timestamptz[], $9::timestamptz[])
    on conflict do nothing`,
};

/** Samples whose key is stored with another value are kept as conflicts; returns the owners concerned. */
const KEEP_CONFLICTS: Statement = {
  name: 'samples-keep-conflicts',
  text: `insert into csms.sample_conflicts (id, owner_id, occurred_at, kind_id, ordinal, value, text_value, effective_at, received_at)
    select gen_random_uuid(), x.owner_id, x.occurred_at, x.kind_id, x.ordinal, x.value, x.text_value, x.effective_at, x.received_at
    from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::int[], $5::smallint[], $6::numeric[], $7::text[],
      $8::timestamptz[], $9::timestamptz[])
      as x (owner_id, partition_at, occurred_at, kind_id, ordinal, value, text_value, effective_at, received_at)
    join csms.samples s using (owner_id, partition_at, occurred_at, kind_id, ordinal)
    where s.value is distinct from x.value or s.text_value is distinct from x.text_value
    on conflict do nothing
    returning owner_id`,
};

/** Owners of whom at least one of these samples is new: stored samples carry the time at which their own message was read. */
const FIND_NEWLY_STORED: Statement = {
  name: 'samples-find-newly-stored',
  text: `select distinct x.owner_id
    from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::int[], $5::smallint[], $6::numeric[], $7::text[],
      $8::timestamptz[], $9::timestamptz[])
      as x (owner_id, partition_at, occurred_at, kind_id, ordinal, value, text_value, effective_at, received_at)
    join csms.samples s using (owner_id, partition_at, occurred_at, kind_id, ordinal)
    where s.received_at = x.received_at`,
};

const INSERT_RAW_MESSAGES: Statement = {
  name: 'raw-messages-insert',
  text: `insert into csms.raw_messages (station_id, received_at, epoch, message_name, transaction_id, frame, oddities)
    select station_id, received_at, epoch, message_name, transaction_id, frame, string_to_array(oddities, E'\\n')
    from unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::text[], $5::uuid[], string_to_array($6, E'\\x1e'), $7::text[])
      as x (station_id, received_at, epoch, message_name, transaction_id, frame, oddities)`,
};

export const INTERN_KINDS_SQL = `
  with wanted as (
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
      with ordinality as x (measurand, phase, location, context, format, unit, basis, position)
  ), made as (
    insert into csms.sample_kinds (measurand, phase, location, context, format, unit, basis)
    select measurand, phase, location, context, format, unit, basis from wanted
    order by measurand, phase, location, context, format, unit, basis
    on conflict do nothing
  )
  select 1`;

export const FIND_KINDS_SQL = `
  select x.position::int as position, k.id
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    with ordinality as x (measurand, phase, location, context, format, unit, basis, position)
  join csms.sample_kinds k on k.measurand = x.measurand and k.phase is not distinct from x.phase
    and k.location is not distinct from x.location and k.context is not distinct from x.context
    and k.format is not distinct from x.format and k.unit is not distinct from x.unit and k.basis = x.basis
  order by x.position`;

/** Samples with their owner, ready for the table. */
export interface SampleBlock {
  readonly ownerId: string;
  readonly partitionAt: Instant;
  readonly receivedAt: Instant;
  readonly samples: readonly PreparedSample[];
}

/** How many rows the blocks make. */
export function countSamples(blocks: readonly SampleBlock[]): number {
  let count = 0;
  for (const block of blocks) count += block.samples.length;
  return count;
}

/** Appends samples; what is there already stays as it is. */
export function insertSamples(blocks: readonly SampleBlock[]): BatchQuery {
  return { statement: INSERT_SAMPLES, values: sampleColumns(blocks) };
}

/** To be run when {@link insertSamples} inserted fewer rows than it was given. */
export function keepConflicts(blocks: readonly SampleBlock[]): BatchQuery {
  return { statement: KEEP_CONFLICTS, values: sampleColumns(blocks) };
}

/** To be run after {@link insertSamples} inserted fewer rows than it was given. */
export function findNewlyStored(blocks: readonly SampleBlock[]): BatchQuery {
  return { statement: FIND_NEWLY_STORED, values: sampleColumns(blocks) };
}

function sampleColumns(blocks: readonly SampleBlock[]): unknown[] {
  const owners: string[] = [];
  const partitions: number[] = [];
  const occurred: number[] = [];
  const kinds: number[] = [];
  const ordinals: number[] = [];
  const values: (string | null)[] = [];
  const texts: (string | null)[] = [];
  const effective: (number | null)[] = [];
  const received: number[] = [];
  for (const { ownerId, partitionAt, receivedAt, samples } of blocks) {
    for (const sample of samples) {
      owners.push(ownerId);
      partitions.push(partitionAt);
      occurred.push(sample.occurredAt);
      kinds.push(sample.kindId);
      ordinals.push(sample.ordinal);
      values.push(sample.value);
      texts.push(sample.text);
      effective.push(sample.effectiveAt);
      received.push(receivedAt);
    }
  }
  return [
    uuidArray(owners),
    timeArray(partitions),
    timeArray(occurred),
    integerArray(kinds),
    smallintArray(ordinals),
    plainArray(values),
    // unnest fills up with nulls where there is no array
    texts.every((text) => text === null) ? null : textArray(texts),
    effective.every((at) => at === null) ? null : timeArray(effective),
    timeArray(received),
  ];
}

/** Appends the frames as they came. */
export function insertRawMessages(
  messages: readonly { readonly origin: MessageOrigin; readonly transactionId: string | null }[],
): BatchQuery {
  return {
    statement: INSERT_RAW_MESSAGES,
    values: [
      uuidArray(messages.map(({ origin }) => origin.station)),
      timeArray(messages.map(({ origin }) => origin.receivedAt)),
      plainArray(messages.map(({ origin }) => origin.epoch)),
      textArray(messages.map(({ origin }) => origin.messageName)),
      uuidArray(messages.map(({ transactionId }) => transactionId)),
      joinedTexts(messages.map(({ origin }) => origin.raw)),
      textArray(messages.map(({ origin }) => oddityLines(origin.oddities))),
    ],
  };
}

function oddityLines(oddities: readonly string[] | undefined): string | null {
  return oddities === undefined || oddities.length === 0 ? null : oddities.join('\n');
}

/** The parameters of the two kind statements. */
export function kindColumns(kinds: readonly SampleKind[]): string[] {
  return [
    textArray(kinds.map((kind) => kind.measurand)),
    textArray(kinds.map((kind) => kind.phase)),
    textArray(kinds.map((kind) => kind.location)),
    textArray(kinds.map((kind) => kind.context)),
    textArray(kinds.map((kind) => kind.format)),
    textArray(kinds.map((kind) => kind.unit)),
    textArray(kinds.map((kind) => kind.basis)),
  ];
}

/** An instant as PostgreSQL reads it. */
export function timeText(at: Instant): string {
  return new Date(at).toISOString();
}
