import { defineError } from '@voltpile/kernel/errors';
import { isUuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import { invalidPayload } from '../commands/interpret-request.ts';
import { nameForStation } from '../commands/name-for-station.ts';
import type { StationCommandOf } from '../contract/commands.ts';
import type { StationKey } from '../contract/ids.ts';
import { findProfileTransaction } from '../persistence/charging-profiles-repository.ts';
import { findActiveTransactionNumber } from '../persistence/commands-repository.ts';
import { transactionNotFound } from '../transactions/transactions-query.ts';
import { checkProfile } from './check-profile.ts';
import type { FindProfileLimits } from './profile-limits.ts';

export const noActiveTransaction = defineError(
  'command.no_active_transaction',
  'FailedPrecondition',
  'Nothing is charging at EVSE {evseId}; a TxProfile needs a running transaction.',
);
export const transactionEnded = defineError(
  'command.transaction_ended',
  'FailedPrecondition',
  'Transaction {transactionId} has ended; a TxProfile needs a running transaction.',
);
export const misplacedTransaction = defineError(
  'command.misplaced_transaction',
  'InvalidArgument',
  'Only a TxProfile is about a transaction.',
);

interface ProfileDependencies {
  readonly knex: Knex;
  readonly findLimits: FindProfileLimits;
}

const MAX_PROBLEMS = 20;

/**
 * Checks a profile and completes the command: a TxProfile names the running transaction by the station's number. A number that came with the
 * command (translated from the station's own action) is sent as it is, because a station may charge without our knowledge.
 *
 * @throws InvalidArgument `command.invalid_payload` with `problems`, `command.misplaced_transaction`; NotFound `transaction.not_found`;
 *   FailedPrecondition `command.no_active_transaction`, `command.transaction_ended`, `transaction.unnamed`
 */
export async function prepareProfile(
  { knex, findLimits }: ProfileDependencies,
  station: StationKey,
  command: StationCommandOf<'set-charging-profile'>,
): Promise<StationCommandOf<'set-charging-profile'>> {
  const { action, payload, stationTransactionId } = command;
  const { chargingProfile, evseId, transactionId } = payload;
  const isAboutTransaction = chargingProfile.chargingProfilePurpose === 'TxProfile';
  if (!isAboutTransaction && transactionId !== undefined) throw misplacedTransaction();
  const namesTransaction = transactionId !== undefined || stationTransactionId !== undefined;
  const limits = await findLimits(knex, station);
  refuse(action, checkProfile(chargingProfile, { command: action, evseId, namesTransaction, limits }));
  if (!isAboutTransaction || stationTransactionId !== undefined) return command;
  if (transactionId === undefined) {
    const number = await findActiveTransactionNumber(knex, station, evseId);
    if (number === undefined) throw noActiveTransaction({ evseId });
    return { ...command, stationTransactionId: nameForStation(number) };
  }
  const transaction = isUuid(transactionId) ? await findProfileTransaction(knex, station, transactionId) : undefined;
  if (transaction === undefined) throw transactionNotFound({ id: transactionId });
  if (transaction.status === 'ended') throw transactionEnded({ transactionId });
  if (transaction.evseId !== null && transaction.evseId !== evseId) {
    refuse(action, [`/evseId must be ${transaction.evseId}, where the transaction runs`]);
  }
  return { ...command, stationTransactionId: nameForStation(transaction.number) };
}

/**
 * Checks the profile that a start carries, if it carries one.
 *
 * @throws InvalidArgument `command.invalid_payload` with `problems`
 */
export async function checkStartProfile(
  { knex, findLimits }: ProfileDependencies,
  station: StationKey,
  { action, payload }: StationCommandOf<'start-transaction'>,
): Promise<void> {
  const { chargingProfile, evseId } = payload;
  if (chargingProfile === undefined) return;
  const limits = await findLimits(knex, station);
  refuse(action, checkProfile(chargingProfile, { command: action, evseId, namesTransaction: false, limits }));
}

function refuse(action: string, problems: readonly string[]): void {
  if (problems.length > 0) throw invalidPayload({ action, problems: problems.slice(0, MAX_PROBLEMS) });
}
