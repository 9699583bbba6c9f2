import type { ErrorCode, Interruption, StopReason } from '../station/words.ts';

/** Why a charge ends. */
export interface StopCause {
  /** As the record tells it. */
  readonly code: number;
  /** As events tell it. */
  readonly word: StopReason;
  /** Who ends it, as the frames of the BMS tell it. */
  readonly by: 'car' | 'condition' | 'hand' | 'defect';
}

const cause = (code: number, word: StopReason, by: StopCause['by']): StopCause => ({ code, word, by });

export const STOPPED = {
  byApp: cause(0x40, 'Remote', 'hand'),
  full: cause(0x41, 'SOCLimitReached', 'car'),
  moneyLimit: cause(0x43, 'LocalOutOfCredit', 'condition'),
  byHand: cause(0x45, 'Local', 'hand'),
  locked: cause(0x6a, 'Other', 'hand'),
  unplugged: cause(0x6b, 'EVDisconnected', 'defect'),
  balanceUsedUp: cause(0x6e, 'LocalOutOfCredit', 'condition'),
} as const;

export const INTERRUPTED: Readonly<Record<Exclude<Interruption, 'defect'>, StopCause>> = {
  'power-loss': cause(0x83, 'PowerLoss', 'defect'),
  'hard-reset': cause(0x83, 'HardReset', 'defect'),
  'soft-reset': cause(0x45, 'SoftReset', 'hand'),
  emergency: cause(0x72, 'EmergencyStop', 'defect'),
  'end-of-simulation': cause(0x45, 'Other', 'hand'),
};

/** What is broken, as bit of 0x13 (0: none fits) and as the reason why a charge ends. */
interface Defect {
  readonly bit: number;
  readonly cause: StopCause;
}

const defect = (bit: number, code: number, word: StopReason = 'Other'): Defect => ({
  bit,
  cause: cause(code, word, 'defect'),
});

const DEFECTS: Readonly<Partial<Record<ErrorCode, Defect>>> = {
  ConnectorLockFailure: defect(0, 0x77),
  EVCommunicationError: defect(0, 0x85),
  GroundFailure: defect(6, 0x70, 'GroundFault'),
  HighTemperature: defect(3, 0x74),
  InternalError: defect(2, 0x71),
  OverCurrentFailure: defect(11, 0x7a, 'OvercurrentFault'),
  OverVoltage: defect(4, 0x79, 'PowerQuality'),
  PowerMeterFailure: defect(7, 0x6d),
  PowerSwitchFailure: defect(12, 0x6c),
  ReaderFailure: defect(8, 0x90),
  UnderVoltage: defect(0, 0x79, 'PowerQuality'),
};
const UNKNOWN_DEFECT = defect(0, 0x90);

export function causeOfDefect(errorCode: ErrorCode): StopCause {
  return (DEFECTS[errorCode] ?? UNKNOWN_DEFECT).cause;
}

/** The faults of 0x13 as one number. */
export function faultBits(errorCode: ErrorCode, isEmergency: boolean): number {
  const bit = DEFECTS[errorCode]?.bit ?? 0;
  return (bit === 0 ? 0 : 1 << (bit - 1)) | (isEmergency ? 1 : 0);
}
