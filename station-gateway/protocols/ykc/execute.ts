import type { StationCommand } from '@voltpile/csms/contract/commands';
import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import type { Instant } from '@voltpile/kernel/clock';
import { VoltpileError } from '@voltpile/kernel/errors';
import { commandOf } from './commands.ts';
import { failed, unable } from './outcome.ts';
import type { YkcPile } from './pile/ykc-pile.ts';
import { sendRawFrame } from './raw-frames.ts';

/** Carries a command to a pile. Never throws: what cannot be put into a frame, or not be told to the domain before, has not been sent. */
export async function executeCommand(
  pile: YkcPile,
  command: StationCommand,
  deadline: Instant,
): Promise<CommandOutcome> {
  try {
    if (command.action === 'raw-call') {
      return await sendRawFrame(pile, command.payload.action, command.payload.payload, deadline);
    }
    const carrier = commandOf(command.action);
    if (carrier === undefined) return unable(`The protocol of this pile cannot carry ${command.action}.`);
    return await carrier.execute(command, pile, deadline);
  } catch (error) {
    if (!(error instanceof VoltpileError)) throw error;
    return failed('Unsendable', error.message);
  }
}
