import type { CommandAction, ShowCost, StationCommand, StationCommandOf } from '@voltpile/csms/contract/commands';
import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import type { Instant } from '@voltpile/kernel/clock';
import type { YkcPile } from './pile/ykc-pile.ts';

/** One neutral command as frames of this protocol. */
export interface YkcCommand<A extends CommandAction | ShowCost['action']> {
  readonly action: A;
  /** Types of the frames that it sends. */
  readonly frames: readonly number[];
  execute(command: StationCommandOf<A>, pile: YkcPile, deadline: Instant): Promise<CommandOutcome>;
}

/** Any of them, as it is found by its action: it must be given a command of that action. */
export interface AnyYkcCommand {
  readonly action: CommandAction | ShowCost['action'];
  readonly frames: readonly number[];
  execute(command: StationCommand, pile: YkcPile, deadline: Instant): Promise<CommandOutcome>;
}
