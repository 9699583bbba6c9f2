import type { ErrorCode, Interruption } from '../station/words.ts';
import type { EndCause } from './transaction.ts';
import type { StoppedReason } from './types.ts';

const CAUSES: Readonly<Record<Interruption, EndCause>> = {
  'power-loss': { trigger: 'AbnormalCondition', reason: 'PowerLoss' },
  'hard-reset': { trigger: 'ResetCommand', reason: 'ImmediateReset' },
  'soft-reset': { trigger: 'ResetCommand', reason: 'ImmediateReset' },
  defect: { trigger: 'AbnormalCondition', reason: 'Other' },
  emergency: { trigger: 'AbnormalCondition', reason: 'EmergencyStop' },
  'end-of-simulation': { trigger: 'AbnormalCondition', reason: 'Other' },
};

const DEFECTS: Partial<Record<ErrorCode, StoppedReason>> = {
  GroundFailure: 'GroundFault',
  OverCurrentFailure: 'OvercurrentFault',
  OverVoltage: 'PowerQuality',
  UnderVoltage: 'PowerQuality',
};

/** What TransactionEvent calls the things that interrupt a charge. @param errorCode of the connector */
export function endCauseOf(interruption: Interruption, errorCode: ErrorCode): EndCause {
  const cause = CAUSES[interruption];
  return interruption === 'defect' ? { ...cause, reason: DEFECTS[errorCode] ?? cause.reason } : cause;
}
