import type { StationCommand } from '@voltpile/csms/contract/commands';
import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import type { Instant } from '@voltpile/kernel/clock';
import { commandOf } from './commands.ts';
import { unable } from './outcome.ts';
import type { YkcPile } from './pile/ykc-pile.ts';
import { sendRawFrame } from './raw-frames.ts';

/** Carries a command to a pile. */
export async function executeCommand(
  pile: YkcPile,
  command: StationCommand,
  deadline: Instant,
): Promise<CommandOutcome> {
  if (command.action === 'raw-call')
    return sendRawFrame(pile, command.payload.action, command.payload.payload, deadline);
  const carrier = commandOf(command.action);
  if (carrier === undefined) return unable(`The protocol of this pile cannot carry ${command.action}.`);
  return carrier.execute(command as never, pile, deadline);
}
