import { type Clock, instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { isUuid, uuidv7 } from '@voltpile/kernel/ids';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import { foldToken } from '../authorization/evaluate-token.ts';
import { findProfileLimits as findLimits } from '../charging-profiles/find-profile-limits.ts';
import { checkStartProfile, prepareProfile } from '../charging-profiles/prepare-profile.ts';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { StationCommand, StationCommandOf } from '../contract/commands.ts';
import { type FundsPort, NO_LIMITS, type StartLimits } from '../contract/funds-port.ts';
import { withItemsPerMessage } from '../device-model/items-per-message.ts';
import { findTransactionByNumber, findTransactionNumber } from '../persistence/commands-repository.ts';
import { findSite } from '../persistence/sites-repository.ts';
import type { AppIntent } from '../persistence/start-intents-repository.ts';
import type { StationRecord } from '../persistence/stations-repository.ts';
import { type AskedReservation, prepareReservation } from '../reservations/prepare-reservation.ts';
import { checkStationKey } from '../stations/station-key.ts';
import { transactionNotFound } from '../transactions/transactions-query.ts';
import { findAcceptedToken, knownTokenType, stationNotAccepted } from './accepted-token.ts';
import { isKeyVariable } from './key-variables.ts';
import { nameForStation } from './name-for-station.ts';
import { newNumber, numbered } from './numbered.ts';

export const fundsRefused = defineError(
  'command.funds_refused',
  'FailedPrecondition',
  'Charging was refused: {reason}.',
);

export interface PrepareDependencies {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly funds: FundsPort | undefined;
  readonly startIntentLifetimeSeconds: number;
}

/** A command ready to be stored and sent. */
export interface PreparedCommand {
  readonly command: StationCommand;
  /** Left by a start. */
  readonly intent: AppIntent | null;
  /** The key that the station is about to be given, when the command sets one. */
  readonly nextKey: string | null;
  /** Asked for by the command. */
  readonly reservation?: AskedReservation | undefined;
}

/**
 * Fills in what only the domain knows (a transaction's number, an intent), and refuses what cannot succeed.
 *
 * @throws NotFound `transaction.not_found`; FailedPrecondition `command.station_not_accepted`, `id_token.not_accepted`,
 *   `id_token.only_stops`, `command.funds_refused`, `command.no_active_transaction`, `transaction.unnamed`; InvalidArgument `station.bad_password`,
 *   `command.misplaced_transaction`
 */
export async function prepareCommand(
  dependencies: PrepareDependencies,
  station: StationRecord,
  command: StationCommand,
): Promise<PreparedCommand> {
  const { knex } = dependencies;
  switch (command.action) {
    case 'stop-transaction':
      return ready(await prepareStop(dependencies, station, command));
    case 'set-charging-profile':
      return ready(await prepareProfile({ knex, findLimits }, station.station, command));
    case 'get-transaction-status':
      return ready(await prepareStatusQuestion(dependencies, station, command));
    case 'start-transaction':
      await checkStartProfile({ knex, findLimits }, station.station, command);
      return prepareStart(dependencies, station, command);
    case 'set-variables': {
      const key = command.payload.variables.findLast(({ variable }) => isKeyVariable(variable));
      if (key !== undefined) checkStationKey(key.value);
      const sized = await withItemsPerMessage(dependencies.knex, station.station, command);
      return { command: sized, intent: null, nextKey: key?.value ?? null };
    }
    case 'get-variables':
    case 'set-variable-monitoring':
    case 'clear-variable-monitoring':
      return ready(await withItemsPerMessage(dependencies.knex, station.station, command));
    case 'reserve-now':
      return { ...(await prepareReservation(dependencies, station, command)), intent: null, nextKey: null };
    default:
      return ready(numbered(command));
  }
}

function ready(command: StationCommand): PreparedCommand {
  return { command, intent: null, nextKey: null };
}

/**
 * A stop names our transaction, which must be the station's. Translated from the dialect's own action it names the station's number: that is
 * sent whether we know it or not, because a station may charge without our knowledge.
 */
async function prepareStop(
  { knex }: PrepareDependencies,
  { station }: StationRecord,
  command: StationCommandOf<'stop-transaction'>,
): Promise<StationCommand> {
  const { payload, stationTransactionId } = command;
  if (stationTransactionId !== undefined) {
    const transactionId = await findTransactionByNumber(knex, station, stationTransactionId);
    return { ...command, payload: { transactionId: transactionId ?? payload.transactionId } };
  }
  return { ...command, stationTransactionId: await numberOf(knex, station, payload.transactionId) };
}

/** The same for a question about a transaction; without one it is about whatever the station has to deliver. */
async function prepareStatusQuestion(
  { knex }: PrepareDependencies,
  { station }: StationRecord,
  command: StationCommandOf<'get-transaction-status'>,
): Promise<StationCommand> {
  const { transactionId } = command.payload;
  if (transactionId === undefined || command.stationTransactionId !== undefined) return command;
  return { ...command, stationTransactionId: await numberOf(knex, station, transactionId) };
}

async function numberOf(knex: Knex, station: string, transactionId: string): Promise<string> {
  const number = isUuid(transactionId) ? await findTransactionNumber(knex, station, transactionId) : undefined;
  if (number === undefined) throw transactionNotFound({ id: transactionId });
  return nameForStation(number);
}

/** A start leaves an intent: it vouches for the token, registered or not, when the station reports the start. */
async function prepareStart(
  { knex, clock, logger, funds, startIntentLifetimeSeconds }: PrepareDependencies,
  { station, view, openEpoch }: StationRecord,
  command: StationCommandOf<'start-transaction'>,
): Promise<PreparedCommand> {
  const { payload } = command;
  if (view.registrationStatus !== 'Accepted') throw stationNotAccepted({ stationId: view.id });
  const now = clock.now();
  const token = await findAcceptedToken(knex, view.organizationId, payload.idToken, now);
  const id = uuidv7();
  const accountRef = token?.accountRef ?? null;
  const { organizationId, siteId } = view;
  const evseId = payload.evseId ?? null;
  const place = { organizationId, siteId, stationId: view.id, evseId };
  const request = { intentId: id, ...place, accountRef, channel: 'app' } as const;
  // Nothing is set aside for a command that cannot be sent.
  const limits = openEpoch === null ? NO_LIMITS : await reserve({ knex, logger, funds }, request);
  // A number that the caller has chosen (in the station's own words) is kept: the station repeats it.
  const remoteStartId = command.remoteStartId ?? newNumber();
  const idTokenType = payload.idTokenType ?? knownTokenType(token?.type);
  const intent = {
    id,
    organizationId,
    siteId,
    station,
    evseId,
    idToken: foldToken(payload.idToken),
    displayIdToken: payload.idToken,
    accountRef,
    limits,
    createdAt: now,
    dialectRef: String(remoteStartId),
    expiresAt: instant(now + startIntentLifetimeSeconds * 1000),
  };
  const { amount } = limits;
  const resolved = { remoteStartId, ...(amount === null ? {} : { spendingLimit: amount }) };
  return { command: { ...command, payload: { ...payload, idTokenType }, ...resolved }, intent, nextKey: null };
}

/** Asks whether the driver may charge; while nobody can answer, the site's fallback policy does. */
async function reserve(
  { knex, logger, funds }: Pick<PrepareDependencies, 'knex' | 'logger' | 'funds'>,
  request: Parameters<FundsPort['reserve']>[0],
): Promise<StartLimits> {
  const decision = await funds?.reserve(request).catch((err: unknown) => {
    logger.warn({ err, intentId: request.intentId }, 'funds could not be asked; the site’s fallback policy decides');
    return undefined;
  });
  if (decision?.outcome === 'granted') return decision.limits;
  if (decision !== undefined && decision.reason !== 'unavailable') throw fundsRefused({ reason: decision.reason });
  const site = await findSite(knex, EVERYTHING, request.siteId);
  if (site?.fundsFallback !== 'allow') throw fundsRefused({ reason: 'unavailable' });
  return NO_LIMITS;
}
