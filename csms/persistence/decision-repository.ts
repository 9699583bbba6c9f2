import { type Instant, instant } from '@voltpile/kernel/clock';
import { appendEvents } from '../outbox/append-events.ts';
import type {
  EventNumbers,
  IntentFacts,
  StationFacts,
  TokenFacts,
  TransactionFacts,
} from '../transactions/decision-book.ts';
import { DecisionBook } from '../transactions/decision-book.ts';
import { plainArray, textArray } from './array-literal.ts';
import type { BatchQuery, BatchTransaction, Statement } from './batch-connection.ts';
import { integerArray, timeArray, uuidArray } from './binary-array.ts';
import { energyReadingsFrom, energyReadingsOf } from './energy-readings.ts';
import { insertEvses } from './evse-statements.ts';
import { type StartedTransaction, useReservations } from './reservation-statements.ts';
import { countSamples, insertRawMessages, insertSamples, keepConflicts, timeText } from './sample-statements.ts';
import { billFromRow, FIND_BILLS, insertBills } from './station-bill-statements.ts';
import { insertTransactionEvents } from './transaction-event-statements.ts';

/** What a batch of decisions wants to see. */
export interface DecisionNeeds {
  readonly stationIds: readonly string[];
  /** Tokens shown at stations, folded. */
  readonly tokens: readonly { readonly stationId: string; readonly idToken: string }[];
  /** Those of them that may have left an intent: all but the tokens of ends. */
  readonly intents: readonly { readonly stationId: string; readonly idToken: string }[];
  /** What stations repeat of start commands. */
  readonly intentRefs: readonly { readonly stationId: string; readonly dialectRef: string }[];
  /** Those of them that start something by the name alone: the token is that of the name's intent, which must be known before anything is locked. */
  readonly startingRefs: DecisionNeeds['intentRefs'];
  /** Tokens that must not start anything elsewhere meanwhile. */
  readonly startingTokens: readonly string[];
  /** Starts, to find the ones that are reported again (by their key), and what runs in their way. */
  readonly startKeys: readonly {
    readonly stationId: string;
    readonly startKey: string;
    readonly evseId: number | null;
  }[];
  /** Ends: by the station's number of the transaction, and by the key of an end that nobody could place. */
  readonly ends: readonly {
    readonly stationId: string;
    readonly stationTransactionId: string;
    readonly stopKey: string;
  }[];
  /** Reports about transactions that the station has named, and their numbers. */
  readonly named: readonly {
    readonly stationId: string;
    readonly stationTransactionId: string;
    readonly number: number;
    readonly endsIt: boolean;
  }[];
  /** Transactions by our own id. */
  readonly transactionIds: readonly string[];
}

/**
 * Taken first, in one order by everybody: the tokens that are about to start something, then the stations. All changes to a transaction
 * happen under its station's lock, so transactions need none of their own. Advisory locks write nothing, which row locks do.
 */
const LOCK: Statement = {
  name: 'decision-lock',
  text: 'select pg_advisory_xact_lock(x.class, x.key) from unnest($1::int[], $2::int[]) as x (class, key)',
};
const TOKEN_LOCKS = 1;
const STATION_LOCKS = 2;

const FIND_TOKENS: Statement = {
  name: 'decision-find-tokens',
  text: `select t.organization_id, t.value, t.status, t.group_id_token, t.expires_at, t.concurrent_transactions, t.account_ref
    from (select distinct s.organization_id, x.id_token
          from unnest($1::uuid[], $2::text[]) as x (station_id, id_token) join csms.stations s on s.id = x.station_id) wanted
    join csms.id_tokens t on t.organization_id = wanted.organization_id and t.value = wanted.id_token`,
};

const FIND_STATIONS: Statement = {
  name: 'decision-find-stations',
  text: `select s.id, s.identity, s.organization_id, s.site_id, i.time_zone, i.funds_fallback, s.registration_status, s.rated_power_w,
      o.master_pass_group_id, c.next_transaction_number
    from csms.station_counters c
    join csms.stations s on s.id = c.station_id
    join csms.sites i on i.id = s.site_id
    join csms.organizations o on o.id = s.organization_id
    where c.station_id = any ($1::uuid[])`,
};

const TRANSACTION_COLUMNS = `t.id, t.organization_id, t.site_id, t.time_zone, t.station_id, t.evse_id, t.connector_id,
  t.station_transaction_id, t.origin, t.intent_id, t.id_token, t.display_id_token, t.id_token_type, t.id_token_at, t.stop_id_token, t.authorization_status, t.status,
  t.end_estimated, t.partition_at, t.started_at, t.ended_at, t.authorized_at, t.energy_started_at, t.energy_ended_at, t.meter_start_mwh,
  t.meter_stop_mwh, t.metered_mwh, t.billable_mwh, t.stop_reason, t.reservation_id, t.rated_power_w, t.flags, t.holds, t.start_key,
  t.stop_key, t.parallel_group, t.has_bill`;

/*
 * `offset 0` keeps the planner from turning a look-up inside out: once for each wanted key, never the whole index filtered by the keys.
 */

const FIND_FOR_STARTS: Statement = {
  name: 'decision-find-for-starts',
  text: `select t.* from unnest($1::uuid[], $2::text[]) as x (station_id, start_key)
      cross join lateral (select ${TRANSACTION_COLUMNS} from csms.transactions t
        where t.station_id = x.station_id and t.start_key = x.start_key offset 0) t
    union all
    select t.* from unnest($1::uuid[]) as x (station_id)
      cross join lateral (select ${TRANSACTION_COLUMNS} from csms.transactions t
        where t.station_id = x.station_id and t.evse_id is not null and t.status = 'active' offset 0) t
    union all
    select t.* from unnest($3::uuid[], $4::text[]) as x (station_id, id_token)
      join csms.stations s on s.id = x.station_id
      cross join lateral (select ${TRANSACTION_COLUMNS} from csms.transactions t
        where t.id_token = x.id_token and t.organization_id = s.organization_id and t.status = 'active' offset 0) t`,
};

const FIND_FOR_ENDS: Statement = {
  name: 'decision-find-for-ends',
  text: `select t.*, r.registers from unnest($1::uuid[], $2::text[]) as x (station_id, number)
      cross join lateral (select ${TRANSACTION_COLUMNS} from csms.transactions t
        where t.station_id = x.station_id and t.station_transaction_id = x.number and t.origin = 'reported' offset 0) t
      cross join lateral (${energyReadingsOf('t')}) r`,
};

/**
 * Transactions by the names that stations gave them, with what is stored of their reports (count, first and last number), and with the
 * token that they run under.
 */
const FIND_NAMED: Statement = {
  name: 'decision-find-named',
  text: `select t.*, n.*, k.value as token_value, k.status as token_status, k.group_id_token as token_group,
        k.expires_at as token_expires_at, k.concurrent_transactions as token_concurrent, k.account_ref as token_account_ref
      from unnest($1::uuid[], $2::text[], $3::int[]) as x (station_id, name, number)
      cross join lateral (select ${TRANSACTION_COLUMNS} from csms.transactions t
        where t.station_id = x.station_id and t.station_transaction_id = x.name and t.origin = 'reported' offset 0) t
      cross join lateral (
        select count(distinct e.number)::int as event_count, min(e.number) as event_first, max(e.number) as event_last,
          coalesce(bool_or(e.number = x.number), false) as event_present
        from csms.transaction_events e where e.transaction_id = t.id and e.partition_at = t.partition_at) n
      left join csms.id_tokens k on k.organization_id = t.organization_id and k.value = t.id_token`,
};

/** The same for a transaction that is looked at once more. */
const FIND_EVENT_NUMBERS: Statement = {
  name: 'decision-find-event-numbers',
  text: `select x.id, n.* from unnest($1::uuid[], $2::timestamptz[]) as x (id, partition_at)
      cross join lateral (
        select count(distinct e.number)::int as event_count, min(e.number) as event_first, max(e.number) as event_last,
          false as event_present
        from csms.transaction_events e where e.transaction_id = x.id and e.partition_at = x.partition_at) n`,
};

const FIND_ORPHANS: Statement = {
  name: 'decision-find-orphans',
  text: `select t.* from unnest($1::uuid[], $2::text[]) as x (station_id, stop_key)
      cross join lateral (select ${TRANSACTION_COLUMNS} from csms.transactions t
        where t.station_id = x.station_id and t.stop_key = x.stop_key and t.origin = 'orphan' offset 0) t`,
};

const FIND_BY_ID: Statement = {
  name: 'decision-find-by-id',
  text: `select ${TRANSACTION_COLUMNS} from csms.transactions t where t.id = any ($1::uuid[])`,
};

const INTENT_COLUMNS = `n.id, n.organization_id, n.site_id, n.station_id, n.evse_id, n.id_token, n.account_ref, n.channel,
  n.dialect_ref, n.parallel_group, n.display_id_token, n.limits, n.status, n.created_at, n.expires_at`;

const FIND_INTENTS: Statement = {
  name: 'decision-find-intents',
  text: `select n.* from unnest($1::uuid[], $2::text[]) as x (station_id, id_token)
    cross join lateral (
      select ${INTENT_COLUMNS} from csms.start_intents n
      where n.station_id = x.station_id and n.id_token = x.id_token and n.status = 'pending' offset 0) n`,
};

const FIND_INTENTS_BY_REF: Statement = {
  name: 'decision-find-intents-by-ref',
  text: `select n.* from unnest($1::uuid[], $2::text[]) as x (station_id, dialect_ref)
    cross join lateral (
      select ${INTENT_COLUMNS} from csms.start_intents n
      where n.station_id = x.station_id and n.dialect_ref = x.dialect_ref offset 0) n`,
};

/** A name and its token stay together for good, so this may be read before the lock. */
const FIND_TOKENS_OF_NAMES: Statement = {
  name: 'decision-find-tokens-of-names',
  text: `select n.station_id, n.id_token from unnest($1::uuid[], $2::text[]) as x (station_id, dialect_ref)
    cross join lateral (
      select n.station_id, n.id_token from csms.start_intents n
      where n.station_id = x.station_id and n.dialect_ref = x.dialect_ref offset 0) n`,
};

const FIND_REGISTERS: Statement = {
  name: 'decision-find-registers',
  text: `select x.id as owner_id, r.registers from unnest($1::uuid[], $2::timestamptz[]) as x (id, partition_at)
    cross join lateral (${energyReadingsOf('x')}) r`,
};

const UPDATE_COUNTERS: Statement = {
  name: 'decision-update-counters',
  text: `update csms.station_counters c set next_transaction_number = x.next
    from unnest($1::uuid[], $2::int[]) as x (station_id, next)
    where c.station_id = x.station_id and c.station_id = any ($1::uuid[])`,
};

const UPDATE_INTENTS: Statement = {
  name: 'decision-update-intents',
  text: `update csms.start_intents n
    set status = x.status, refusal = x.refusal, transaction_id = x.transaction_id, expires_at = x.expires_at, dialect_ref = x.dialect_ref,
      parallel_group = x.parallel_group
    from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::timestamptz[], $6::text[], $7::text[])
      as x (id, status, refusal, transaction_id, expires_at, dialect_ref, parallel_group)
    where n.id = x.id and n.id = any ($1::uuid[])`,
};

const INSERT_INTENTS: Statement = {
  name: 'decision-insert-intents',
  text: `insert into csms.start_intents (id, organization_id, site_id, station_id, evse_id, id_token, account_ref, channel, limits, status,
      refusal, transaction_id, created_at, expires_at, dialect_ref, display_id_token, parallel_group)
    select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::int[], $6::text[], $7::text[], $8::text[], $9::jsonb[],
      $10::text[], $11::text[], $12::uuid[], $13::timestamptz[], $14::timestamptz[], $15::text[], $16::text[], $17::text[])`,
};

const INSERT_TRANSACTIONS: Statement = {
  name: 'decision-insert-transactions',
  text: `insert into csms.transactions (id, organization_id, site_id, time_zone, station_id, evse_id, connector_id, station_transaction_id,
      origin, id_token, display_id_token, partition_at, started_at, meter_start_mwh, reservation_id, rated_power_w, start_key, intent_id,
      authorized_at, authorization_status, stop_id_token, status, end_estimated, ended_at, energy_started_at, energy_ended_at,
      meter_stop_mwh, metered_mwh, billable_mwh, stop_reason, stop_key, flags, holds, id_token_type, id_token_at, parallel_group, has_bill)
    select x.id, x.organization_id, x.site_id, x.time_zone, x.station_id, x.evse_id, x.connector_id, x.station_transaction_id, x.origin,
      x.id_token, x.display_id_token, x.partition_at, x.started_at, x.meter_start_mwh, x.reservation_id, x.rated_power_w, x.start_key,
      x.intent_id, x.authorized_at, x.authorization_status, x.stop_id_token, x.status, x.end_estimated, x.ended_at, x.energy_started_at,
      x.energy_ended_at, x.meter_stop_mwh, x.metered_mwh, x.billable_mwh, x.stop_reason, x.stop_key,
      string_to_array(x.flags, ','), string_to_array(x.holds, ','), x.id_token_type, x.id_token_at, x.parallel_group,
      coalesce(x.has_bill, false)
    from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::int[], $7::int[], $8::text[], $9::text[], $10::text[],
      $11::text[], $12::timestamptz[], $13::timestamptz[], $14::bigint[], $15::int[], $16::bigint[], $17::text[], $18::uuid[],
      $19::timestamptz[], $20::text[], $21::text[], $22::text[], $23::boolean[], $24::timestamptz[], $25::timestamptz[],
      $26::timestamptz[], $27::bigint[], $28::bigint[], $29::bigint[], $30::text[], $31::text[], $32::text[], $33::text[], $34::text[],
      $35::timestamptz[], $36::text[], $37::boolean[])
      as x (id, organization_id, site_id, time_zone, station_id, evse_id, connector_id, station_transaction_id, origin, id_token,
        display_id_token, partition_at, started_at, meter_start_mwh, reservation_id, rated_power_w, start_key, intent_id, authorized_at,
        authorization_status, stop_id_token, status, end_estimated, ended_at, energy_started_at, energy_ended_at, meter_stop_mwh,
        metered_mwh, billable_mwh, stop_reason, stop_key, flags, holds, id_token_type, id_token_at, parallel_group, has_bill)`,
};

/** What only dialects whose stations name their transactions may change after the first report. */
const UPDATE_STARTS: Statement = {
  name: 'decision-update-starts',
  text: `update csms.transactions t
    set origin = x.origin, evse_id = x.evse_id, connector_id = x.connector_id, id_token = x.id_token,
      display_id_token = x.display_id_token, id_token_type = x.id_token_type, id_token_at = x.id_token_at,
      started_at = x.started_at, meter_start_mwh = x.meter_start_mwh, reservation_id = x.reservation_id,
      parallel_group = x.parallel_group, has_bill = coalesce(x.has_bill, false)
    from unnest($1::uuid[], $2::text[], $3::int[], $4::int[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[],
      $10::bigint[], $11::int[], $12::text[], $13::boolean[])
      as x (id, origin, evse_id, connector_id, id_token, display_id_token, id_token_type, id_token_at, started_at, meter_start_mwh,
        reservation_id, parallel_group, has_bill)
    where t.id = x.id and t.id = any ($1::uuid[])`,
};

const UPDATE_TRANSACTIONS: Statement = {
  name: 'decision-update-transactions',
  text: `update csms.transactions t
    set intent_id = x.intent_id, authorized_at = x.authorized_at, authorization_status = x.authorization_status,
      stop_id_token = x.stop_id_token, status = x.status, end_estimated = x.end_estimated, ended_at = x.ended_at,
      energy_started_at = x.energy_started_at, energy_ended_at = x.energy_ended_at, meter_stop_mwh = x.meter_stop_mwh,
      metered_mwh = x.metered_mwh, billable_mwh = x.billable_mwh, stop_reason = x.stop_reason, stop_key = x.stop_key,
      flags = string_to_array(x.flags, ','), holds = string_to_array(x.holds, ',')
    from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::timestamptz[],
      $9::timestamptz[], $10::timestamptz[], $11::bigint[], $12::bigint[], $13::bigint[], $14::text[], $15::text[], $16::text[],
      $17::text[])
      as x (id, intent_id, authorized_at, authorization_status, stop_id_token, status, end_estimated, ended_at, energy_started_at,
        energy_ended_at, meter_stop_mwh, metered_mwh, billable_mwh, stop_reason, stop_key, flags, holds)
    where t.id = x.id and t.id = any ($1::uuid[])`,
};

/** Locks and reads what the decisions need, in two round trips at the most. */
export async function loadBook(transaction: BatchTransaction, stated: DecisionNeeds): Promise<DecisionBook> {
  const book = new DecisionBook();
  const needs = stated.startingRefs.length === 0 ? stated : await withTokensOfNames(transaction, stated);
  const first: BatchQuery[] = [{ statement: LOCK, values: lockKeys(needs) }];
  const tokenStations = plainArray(needs.tokens.map((each) => each.stationId));
  const tokenValues = textArray(needs.tokens.map((each) => each.idToken));
  if (needs.tokens.length > 0) {
    first.push({ statement: FIND_TOKENS, values: [tokenStations, tokenValues] });
  }
  first.push({ statement: FIND_STATIONS, values: [plainArray(needs.stationIds)] });
  if (needs.intents.length > 0) {
    first.push({
      statement: FIND_INTENTS,
      values: [
        uuidArray(needs.intents.map((each) => each.stationId)),
        textArray(needs.intents.map((each) => each.idToken)),
      ],
    });
  }
  if (needs.intentRefs.length > 0) {
    first.push({
      statement: FIND_INTENTS_BY_REF,
      values: [
        uuidArray(needs.intentRefs.map((each) => each.stationId)),
        textArray(needs.intentRefs.map((each) => each.dialectRef)),
      ],
    });
  }
  if (needs.named.length > 0) {
    first.push({
      statement: FIND_NAMED,
      values: [
        uuidArray(needs.named.map((each) => each.stationId)),
        textArray(needs.named.map((each) => each.stationTransactionId)),
        integerArray(needs.named.map((each) => each.number)),
      ],
    });
  }
  if (needs.startKeys.length > 0 || needs.startingTokens.length > 0) {
    const stations = plainArray(needs.startKeys.map((each) => each.stationId));
    const keys = textArray(needs.startKeys.map((each) => each.startKey));
    first.push({ statement: FIND_FOR_STARTS, values: [stations, keys, tokenStations, tokenValues] });
  }
  if (needs.ends.length > 0) {
    const stations = plainArray(needs.ends.map((each) => each.stationId));
    const numbers = textArray(needs.ends.map((each) => each.stationTransactionId));
    first.push({ statement: FIND_FOR_ENDS, values: [stations, numbers] });
  }
  if (needs.transactionIds.length > 0) {
    first.push({ statement: FIND_BY_ID, values: [plainArray(needs.transactionIds)] });
  }

  const results = await transaction.pipeline(first);
  first.forEach((query, index) => {
    const rows = results[index]?.rows ?? [];
    if (query.statement === FIND_TOKENS) for (const row of rows) book.addToken(tokenFromRow(row));
    else if (query.statement === FIND_STATIONS) for (const row of rows) book.stations.set(row.id, stationFromRow(row));
    else if (query.statement === FIND_INTENTS || query.statement === FIND_INTENTS_BY_REF) {
      for (const row of rows) book.addIntent(intentFromRow(row));
    } else if (query.statement !== LOCK) {
      for (const row of rows) {
        if (book.transaction(row.id) === undefined) book.addTransaction(transactionFromRow(row));
        if (query.statement === FIND_NAMED) {
          book.eventNumbers.set(row.id, eventNumbersFromRow(row));
          if (row.token_value !== null) book.addToken(tokenOfTransaction(row));
        }
        if (query.statement === FIND_FOR_ENDS) keepRegisters(book, row.id, row.registers);
      }
    }
  });

  const ending = endingTransactions(book, needs);
  const unplaced = unplacedEnds(book, needs);
  const second: BatchQuery[] = [];
  if (ending.length > 0) {
    second.push({
      statement: FIND_REGISTERS,
      values: [uuidArray(ending.map((each) => each.id)), timeArray(ending.map((each) => each.partitionAt))],
    });
  }
  const reassessed = ending.filter((each) => needs.transactionIds.includes(each.id));
  if (reassessed.length > 0) {
    second.push({
      statement: FIND_EVENT_NUMBERS,
      values: [uuidArray(reassessed.map((each) => each.id)), timeArray(reassessed.map((each) => each.partitionAt))],
    });
  }
  if (unplaced.length > 0) {
    const stations = plainArray(unplaced.map((each) => each.stationId));
    second.push({ statement: FIND_ORPHANS, values: [stations, textArray(unplaced.map((each) => each.stopKey))] });
  }
  const billed = book.billedTransactions();
  if (billed.length > 0) second.push({ statement: FIND_BILLS, values: [uuidArray(billed.map((each) => each.id))] });
  if (second.length > 0) {
    const found = await transaction.pipeline(second);
    second.forEach(({ statement }, index) => {
      for (const row of found[index]?.rows ?? []) {
        if (statement === FIND_REGISTERS) keepRegisters(book, row.owner_id, row.registers);
        else if (statement === FIND_BILLS) book.bills.set(row.transaction_id, billFromRow(row));
        else if (statement === FIND_EVENT_NUMBERS) book.eventNumbers.set(row.id, eventNumbersFromRow(row));
        else book.addTransaction(transactionFromRow(row));
      }
    });
  }
  return book;
}

async function withTokensOfNames(transaction: BatchTransaction, needs: DecisionNeeds): Promise<DecisionNeeds> {
  const [found] = await transaction.pipeline([
    {
      statement: FIND_TOKENS_OF_NAMES,
      values: [
        uuidArray(needs.startingRefs.map((each) => each.stationId)),
        textArray(needs.startingRefs.map((each) => each.dialectRef)),
      ],
    },
  ]);
  const named = (found?.rows ?? []).map((row: Row) => ({ stationId: row.station_id, idToken: row.id_token as string }));
  return {
    ...needs,
    tokens: [...needs.tokens, ...named],
    startingTokens: [...needs.startingTokens, ...named.map(({ idToken }) => idToken)],
  };
}

/** Ends that name no transaction we have given a number to; one of them may be here for the second time. */
function unplacedEnds(book: DecisionBook, needs: DecisionNeeds): DecisionNeeds['ends'] {
  return needs.ends.filter(({ stationId, stationTransactionId }) =>
    book.transactionsOf(stationId).every((each) => each.stationTransactionId !== stationTransactionId),
  );
}

/** Class and key of each lock, in the order that everybody keeps. Two texts with the same key only wait for each other. */
function lockKeys(needs: DecisionNeeds): Buffer[] {
  const keysOf = (texts: readonly string[]): number[] => [...new Set(texts.map(hash))].sort((a, b) => a - b);
  const tokens = keysOf(needs.startingTokens);
  const stations = keysOf(needs.stationIds);
  const classes = [...tokens.map(() => TOKEN_LOCKS), ...stations.map(() => STATION_LOCKS)];
  return [integerArray(classes), integerArray([...tokens, ...stations])];
}

/** FNV-1a, 32 bits, signed. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value | 0;
}

/** Transactions whose energy a decision may have to work out: all their registers are needed. */
function endingTransactions(book: DecisionBook, needs: DecisionNeeds): TransactionFacts[] {
  const byId = needs.transactionIds.flatMap((id) => book.transaction(id) ?? []);
  const pushedAside = needs.startKeys.flatMap(({ stationId, evseId }) =>
    book.transactionsOf(stationId).filter((each) => each.status === 'active' && each.evseId === evseId),
  );
  const named = needs.named.flatMap(({ stationId, stationTransactionId, endsIt }) => {
    const found = book.named(stationId, stationTransactionId);
    return found !== undefined && (endsIt || found.status === 'ended') ? [found] : [];
  });
  return [...new Set([...byId, ...pushedAside, ...named])].filter((each) => !book.registers.has(each.id));
}

function keepRegisters(book: DecisionBook, transactionId: string, text: string | null): void {
  const { registers, sessions } = energyReadingsFrom(text);
  book.registers.set(transactionId, registers);
  if (sessions.length > 0) book.sessions.set(transactionId, sessions);
}

function tokenOfTransaction(row: Row): TokenFacts {
  return {
    organizationId: row.organization_id,
    value: row.token_value,
    status: row.token_status,
    groupIdToken: row.token_group,
    expiresAt: toInstant(row.token_expires_at),
    concurrentTransactions: row.token_concurrent,
    accountRef: row.token_account_ref,
  };
}

function eventNumbersFromRow(row: Row): EventNumbers {
  return { count: row.event_count, first: row.event_first, last: row.event_last, holdsPresent: row.event_present };
}

/** EVSEs are never removed: `knownEvses` remembers those that this process has stored. */
const MAX_KNOWN_EVSES = 200_000;

function evseKey(evse: { readonly stationId: string; readonly evseId: number }): string {
  return `${evse.stationId} ${evse.evseId}`;
}

/** Writes all that the decisions changed, and commits. */
export async function saveBook(
  transaction: BatchTransaction,
  book: DecisionBook,
  knownEvses: Set<string> = new Set(),
): Promise<void> {
  const queries: BatchQuery[] = [];
  await saveSamples(transaction, book);
  if (book.changedCounters.size > 0) {
    const stations = [...book.changedCounters];
    queries.push({
      statement: UPDATE_COUNTERS,
      values: [
        plainArray(stations.map((each) => each.id)),
        plainArray(stations.map((each) => each.nextTransactionNumber)),
      ],
    });
  }
  const evses = book.evses.filter((each) => !knownEvses.has(evseKey(each)));
  if (evses.length > 0) {
    queries.push(insertEvses(evses));
  }
  if (book.changedIntents.size > 0) queries.push(updateIntents([...book.changedIntents]));
  if (book.newIntents.size > 0) queries.push(insertIntents([...book.newIntents]));
  if (book.changedStarts.size > 0) queries.push(updateStarts([...book.changedStarts]));
  if (book.changedTransactions.size > 0) queries.push(updateTransactions([...book.changedTransactions]));
  if (book.newTransactions.size > 0) queries.push(insertTransactions([...book.newTransactions]));
  if (book.newBills.length > 0) queries.push(insertBills(book.newBills));
  const started = startedTransactions(book);
  if (started.length > 0) queries.push(useReservations(started));
  if (book.transactionEvents.length > 0) queries.push(insertTransactionEvents(book.transactionEvents));
  if (book.raws.length > 0) queries.push(insertRawMessages(book.raws));
  if (book.events.length > 0) queries.push(appendEvents(book.events));
  await transaction.finish(queries);
  if (knownEvses.size > MAX_KNOWN_EVSES) knownEvses.clear();
  for (const each of evses) knownEvses.add(evseKey(each));
}

/** Before anything else is written: what contradicts a stored sample flags its transaction. */
async function saveSamples(transaction: BatchTransaction, book: DecisionBook): Promise<void> {
  const { samples } = book;
  const count = countSamples(samples);
  if (count === 0) return;
  const [inserted] = await transaction.pipeline([insertSamples(samples)]);
  if ((inserted?.rowCount ?? 0) === count) return;
  const [conflicts] = await transaction.pipeline([keepConflicts(samples)]);
  for (const { owner_id: ownerId } of conflicts?.rows ?? []) {
    const concerned = book.transaction(ownerId);
    if (concerned === undefined) continue;
    concerned.flags.add('sample-conflict');
    book.change(concerned);
  }
}

/** Transactions that have begun, or whose place or token became known: they may be what a reservation was made for. */
function startedTransactions(book: DecisionBook): StartedTransaction[] {
  return [...book.newTransactions, ...book.changedStarts]
    .filter(({ origin }) => origin === 'reported')
    .map((each) => ({
      transactionId: each.id,
      stationId: each.stationId,
      evseId: each.evseId,
      reservationId: each.reservationId,
      idToken: each.idToken,
      groupIdToken:
        each.idToken === null ? null : (book.token(each.organizationId, each.idToken)?.groupIdToken ?? null),
      startedAt: each.startedAt,
    }));
}

function insertIntents(intents: readonly IntentFacts[]): BatchQuery {
  return {
    statement: INSERT_INTENTS,
    values: [
      plainArray(intents.map((each) => each.id)),
      plainArray(intents.map((each) => each.organizationId)),
      plainArray(intents.map((each) => each.siteId)),
      plainArray(intents.map((each) => each.stationId)),
      plainArray(intents.map((each) => each.evseId)),
      textArray(intents.map((each) => each.idToken)),
      textArray(intents.map((each) => each.accountRef)),
      plainArray(intents.map((each) => each.channel)),
      textArray(intents.map((each) => JSON.stringify(each.limits))),
      plainArray(intents.map((each) => each.status)),
      textArray(intents.map((each) => each.refusal)),
      plainArray(intents.map((each) => each.transactionId)),
      plainArray(intents.map((each) => timeText(each.createdAt))),
      plainArray(intents.map((each) => timeText(each.expiresAt))),
      textArray(intents.map((each) => each.dialectRef)),
      textArray(intents.map((each) => each.displayIdToken)),
      textArray(intents.map((each) => each.parallelGroup)),
    ],
  };
}

function updateIntents(intents: readonly IntentFacts[]): BatchQuery {
  return {
    statement: UPDATE_INTENTS,
    values: [
      plainArray(intents.map((each) => each.id)),
      plainArray(intents.map((each) => each.status)),
      textArray(intents.map((each) => each.refusal)),
      plainArray(intents.map((each) => each.transactionId)),
      plainArray(intents.map((each) => timeText(each.expiresAt))),
      textArray(intents.map((each) => each.dialectRef)),
      textArray(intents.map((each) => each.parallelGroup)),
    ],
  };
}

function insertTransactions(transactions: readonly TransactionFacts[]): BatchQuery {
  const plain = (pick: (each: TransactionFacts) => string | number | bigint | boolean | null): string =>
    plainArray(transactions.map(pick));
  const text = (pick: (each: TransactionFacts) => string | null): string => textArray(transactions.map(pick));
  return {
    statement: INSERT_TRANSACTIONS,
    values: [
      plain((each) => each.id),
      plain((each) => each.organizationId),
      plain((each) => each.siteId),
      text((each) => each.timeZone),
      plain((each) => each.stationId),
      plain((each) => each.evseId),
      plain((each) => each.connectorId),
      text((each) => each.stationTransactionId),
      plain((each) => each.origin),
      text((each) => each.idToken),
      text((each) => each.displayIdToken),
      plain((each) => timeText(each.partitionAt)),
      plain((each) => timeText(each.startedAt)),
      plain((each) => each.meterStartMilliWh),
      plain((each) => each.reservationId),
      plain((each) => each.ratedPowerW),
      text((each) => each.startKey),
      ...changingColumns(transactions),
      text((each) => each.idTokenType),
      plain((each) => (each.idTokenAt === null ? null : timeText(each.idTokenAt))),
      ...rareColumns(transactions),
    ],
  };
}

function updateStarts(transactions: readonly TransactionFacts[]): BatchQuery {
  const plain = (pick: (each: TransactionFacts) => string | number | bigint | null): string =>
    plainArray(transactions.map(pick));
  const text = (pick: (each: TransactionFacts) => string | null): string => textArray(transactions.map(pick));
  return {
    statement: UPDATE_STARTS,
    values: [
      plain((each) => each.id),
      text((each) => each.origin),
      plain((each) => each.evseId),
      plain((each) => each.connectorId),
      text((each) => each.idToken),
      text((each) => each.displayIdToken),
      text((each) => each.idTokenType),
      plain((each) => (each.idTokenAt === null ? null : timeText(each.idTokenAt))),
      plain((each) => timeText(each.startedAt)),
      plain((each) => each.meterStartMilliWh),
      plain((each) => each.reservationId),
      ...rareColumns(transactions),
    ],
  };
}

/** What hardly any transaction has; unnest fills up with nulls where there is no array. */
function rareColumns(transactions: readonly TransactionFacts[]): (string | null)[] {
  return [
    transactions.every(({ parallelGroup }) => parallelGroup === null)
      ? null
      : textArray(transactions.map((each) => each.parallelGroup)),
    transactions.every(({ hasBill }) => !hasBill) ? null : plainArray(transactions.map((each) => each.hasBill)),
  ];
}

function updateTransactions(transactions: readonly TransactionFacts[]): BatchQuery {
  return {
    statement: UPDATE_TRANSACTIONS,
    values: [plainArray(transactions.map((each) => each.id)), ...changingColumns(transactions)],
  };
}

/** The columns that a decision may change after the start, in the order of both statements. */
function changingColumns(transactions: readonly TransactionFacts[]): string[] {
  const plain = (pick: (each: TransactionFacts) => string | number | bigint | boolean | null): string =>
    plainArray(transactions.map(pick));
  const text = (pick: (each: TransactionFacts) => string | null): string => textArray(transactions.map(pick));
  const time = (pick: (each: TransactionFacts) => Instant | null): string =>
    plainArray(
      transactions.map((each) => {
        const at = pick(each);
        return at === null ? null : timeText(at);
      }),
    );
  return [
    plain((each) => each.intentId),
    time((each) => each.authorizedAt),
    text((each) => each.authorizationStatus),
    text((each) => each.stopIdToken),
    plain((each) => each.status),
    plain((each) => each.endEstimated),
    time((each) => each.endedAt),
    time((each) => each.energyStartedAt),
    time((each) => each.energyEndedAt),
    plain((each) => each.meterStopMilliWh),
    plain((each) => each.meteredMilliWh),
    plain((each) => each.billableMilliWh),
    text((each) => each.stopReason),
    text((each) => each.stopKey),
    text((each) => [...each.flags].join(',')),
    text((each) => each.holds.join(',')),
  ];
}

// biome-ignore lint/suspicious/noExplicitAny: rows come untyped from the driver; each mapper names what it reads
type Row = any;

function tokenFromRow(row: Row): TokenFacts {
  return {
    organizationId: row.organization_id,
    value: row.value,
    status: row.status,
    groupIdToken: row.group_id_token,
    expiresAt: toInstant(row.expires_at),
    concurrentTransactions: row.concurrent_transactions,
    accountRef: row.account_ref,
  };
}

function stationFromRow(row: Row): StationFacts {
  return {
    id: row.id,
    identity: row.identity,
    organizationId: row.organization_id,
    siteId: row.site_id,
    timeZone: row.time_zone,
    fundsFallback: row.funds_fallback,
    registrationStatus: row.registration_status,
    ratedPowerW: row.rated_power_w === null ? null : Number(row.rated_power_w),
    masterPassGroupId: row.master_pass_group_id,
    nextTransactionNumber: row.next_transaction_number,
  };
}

function intentFromRow(row: Row): IntentFacts {
  return {
    id: row.id,
    organizationId: row.organization_id,
    siteId: row.site_id,
    stationId: row.station_id,
    evseId: row.evse_id,
    idToken: row.id_token,
    displayIdToken: row.display_id_token ?? row.id_token,
    accountRef: row.account_ref,
    channel: row.channel,
    dialectRef: row.dialect_ref,
    parallelGroup: row.parallel_group,
    limits: row.limits,
    status: row.status,
    refusal: null,
    transactionId: null,
    createdAt: instant(row.created_at.getTime()),
    expiresAt: instant(row.expires_at.getTime()),
  };
}

function transactionFromRow(row: Row): TransactionFacts {
  return {
    id: row.id,
    organizationId: row.organization_id,
    siteId: row.site_id,
    timeZone: row.time_zone,
    stationId: row.station_id,
    evseId: row.evse_id,
    connectorId: row.connector_id,
    stationTransactionId: row.station_transaction_id,
    origin: row.origin,
    idToken: row.id_token,
    displayIdToken: row.display_id_token,
    idTokenType: row.id_token_type,
    idTokenAt: toInstant(row.id_token_at),
    partitionAt: instant(row.partition_at.getTime()),
    startKey: row.start_key,
    startedAt: instant(row.started_at.getTime()),
    meterStartMilliWh: toBigInt(row.meter_start_mwh),
    ratedPowerW: row.rated_power_w === null ? null : Number(row.rated_power_w),
    reservationId: row.reservation_id,
    parallelGroup: row.parallel_group,
    hasBill: row.has_bill,
    intentId: row.intent_id,
    authorizedAt: toInstant(row.authorized_at),
    authorizationStatus: row.authorization_status,
    stopIdToken: row.stop_id_token,
    status: row.status,
    endEstimated: row.end_estimated,
    endedAt: toInstant(row.ended_at),
    energyStartedAt: toInstant(row.energy_started_at),
    energyEndedAt: toInstant(row.energy_ended_at),
    meterStopMilliWh: toBigInt(row.meter_stop_mwh),
    meteredMilliWh: toBigInt(row.metered_mwh),
    billableMilliWh: toBigInt(row.billable_mwh),
    stopReason: row.stop_reason,
    stopKey: row.stop_key,
    flags: new Set(row.flags),
    holds: row.holds,
  };
}

function toInstant(value: Date | null): Instant | null {
  return value === null ? null : instant(value.getTime());
}

function toBigInt(value: string | null): bigint | null {
  return value === null ? null : BigInt(value);
}
