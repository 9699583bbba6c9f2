import type { Interruption } from '../station/words.ts';
import type { StopReason } from './types.ts';

/** What StopTransaction calls the things that interrupt a charge. */
export const STOP_REASONS: Readonly<Record<Interruption, StopReason>> = {
  'power-loss': 'PowerLoss',
  'hard-reset': 'HardReset',
  'soft-reset': 'SoftReset',
  defect: 'Other',
  emergency: 'EmergencyStop',
  'end-of-simulation': 'Other',
};
