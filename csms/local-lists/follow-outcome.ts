import { isDeepStrictEqual } from 'node:util';
import { type Instant, instant } from '@voltpile/kernel/clock';
import type { Knex } from 'knex';
import type { EndedCommand, OutcomeFollower } from '../commands/outcome-follower.ts';
import type { StationKey } from '../contract/ids.ts';
import type { CommandOutcome } from '../contract/station-link.ts';
import type { NewEvent } from '../outbox/append-events.ts';
import { type ListFacts, type ListRecord, lockList, saveList } from '../persistence/local-lists-repository.ts';
import type { ListMessage } from './list-entries.ts';
import { listEvents } from './list-events.ts';
import {
  afterAsking,
  afterSending,
  type ListState,
  retryAfterMs,
  type SendAnswer,
  whenNotAsked,
  whenSentByHand,
} from './list-state.ts';

/** Stores what a station has answered to a list, or about its version, whoever has given the command. */
export const followLocalList: OutcomeFollower = async (trx, ended) => {
  switch (ended.command.action) {
    case 'send-local-list':
      return followSent(trx, ended, ended.command.payload);
    case 'get-local-list-version':
      return followAsked(trx, ended);
    default:
      return [];
  }
};

async function followSent(trx: Knex, ended: EndedCommand, message: ListMessage): Promise<readonly NewEvent[]> {
  const now = ended.finishedAt;
  const record = await lockList(trx, ended.station, now);
  if (record === undefined) return [];
  const isWaitedFor = record.state.sent !== null && isSameMessage(record.state.sent, message);
  // One that nobody waits for was noted when it left, or is not believed any more.
  const answer = isWaitedFor ? answerOf(ended.outcome) : undefined;
  const state = answer === undefined ? record.state : afterSending(record.state, answer);
  return store(trx, record, state, now, answer === 'accepted');
}

async function followAsked(trx: Knex, ended: EndedCommand): Promise<readonly NewEvent[]> {
  const now = ended.finishedAt;
  const record = await lockList(trx, ended.station, now);
  if (record === undefined) return [];
  const { outcome } = ended;
  const versionNumber = outcome.facts?.kind === 'local-list-version' ? outcome.facts.versionNumber : null;
  const { state } = record;
  if (!state.asking) {
    // An operator has asked. The answer may be older than what we know by now: where it is another one we ask, too.
    const isOther =
      state.confirmed !== null && versionNumber !== null && versionNumber !== state.confirmed.versionNumber;
    if (!isOther) return [];
    await saveList(trx, record, state, { ...record.facts, verifiedAt: null }, now);
    return [];
  }
  if (outcome.status === 'offline') return store(trx, record, whenNotAsked(state), now, false);
  return store(trx, record, afterAsking(state, versionNumber), now, versionNumber !== null);
}

async function store(
  trx: Knex,
  record: ListRecord,
  state: ListState,
  now: Instant,
  isVerified: boolean,
): Promise<readonly NewEvent[]> {
  const pauseMs = retryAfterMs(state);
  const hasFailed = state.failures > record.state.failures;
  const facts: ListFacts = {
    ...record.facts,
    busyUntil: null,
    retryAt: !hasFailed ? record.facts.retryAt : pauseMs === 0 ? null : instant(now + pauseMs),
    verifiedAt: isVerified ? now : record.facts.verifiedAt,
  };
  await saveList(trx, record, state, facts, now);
  return listEvents(record, state, facts);
}

/** The answer in our words. A dialect that has no finer ones tells accepted or rejected. */
function answerOf({ status, facts }: CommandOutcome): SendAnswer {
  switch (status) {
    case 'offline':
      return 'not-sent';
    case 'timeout':
    case 'unknown':
      return 'no-answer';
    default:
      if (facts?.kind !== 'local-list-sent') return status === 'accepted' ? 'accepted' : 'refused';
      return facts.status === 'failed' ? 'refused' : facts.status;
  }
}

/**
 * A list is about to leave for a station. One that is not the next step of ours was sent by hand: stored before it leaves, because nobody may
 * live to tell what came of it.
 */
export async function noteListSent(
  trx: Knex,
  station: StationKey,
  message: ListMessage,
  now: Instant,
): Promise<readonly NewEvent[]> {
  const record = await lockList(trx, station, now);
  if (record === undefined) return [];
  if (record.state.sent !== null && isSameMessage(record.state.sent, message)) return [];
  const state = whenSentByHand(record.state, message.versionNumber);
  const facts = { ...record.facts, basis: null, retryAt: null };
  await saveList(trx, record, state, facts, now);
  return listEvents(record, state, facts);
}

/** Both as JSON has them: fields that are undefined are absent. */
function isSameMessage(one: ListMessage, other: ListMessage): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)));
}
