import type { Ocpp201Request } from '@voltpile/ocpp/actions/ocpp201-payloads';

type Reason = NonNullable<Ocpp201Request<'TransactionEvent'>['transactionInfo']['stoppedReason']>;

/** ReasonEnumType (OCPP 2.0.1 Part 2 §3.73). */
const REASONS: Readonly<Record<Reason, true>> = {
  DeAuthorized: true,
  EVDisconnected: true,
  EmergencyStop: true,
  EnergyLimitReached: true,
  GroundFault: true,
  ImmediateReset: true,
  Local: true,
  LocalOutOfCredit: true,
  MasterPass: true,
  Other: true,
  OvercurrentFault: true,
  PowerLoss: true,
  PowerQuality: true,
  Reboot: true,
  Remote: true,
  SOCLimitReached: true,
  StoppedByEV: true,
  TimeLimitReached: true,
  Timeout: true,
};

/** The reason of an end. Absent means Local; a word that 2.0.1 does not have is Other. */
export function toStopReason(reason: string | undefined): string {
  if (reason === undefined) return 'Local';
  return Object.hasOwn(REASONS, reason) ? reason : 'Other';
}
