import type { CommandAction, StationCommandOf } from '@voltpile/csms/contract/commands';
import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import type { Instant } from '@voltpile/kernel/clock';
import type { YkcPile } from './pile/ykc-pile.ts';

/** One neutral command as frames of this protocol. */
export interface YkcCommand<A extends CommandAction = CommandAction> {
  readonly action: A;
  execute(command: StationCommandOf<A>, pile: YkcPile, deadline: Instant): Promise<CommandOutcome>;
}
