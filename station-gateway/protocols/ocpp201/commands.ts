import type { StationCommand } from '@voltpile/csms/contract/commands';
import type { Mapping } from '../ocpp-j/mapping.ts';

/** Every command that 2.0.1 can carry. */
export const COMMANDS: readonly Mapping<StationCommand, unknown>[] = [];
