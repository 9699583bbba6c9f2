import type { AccessScope } from './access-scope.ts';
import type { OfflinePolicy } from './offline-policy.ts';
import type { CommandView } from './operator-ports.ts';

/** A variable of the station, in its own vocabulary, and the value that its site's rules want. */
export interface OfflineVariable {
  readonly component: string | null;
  readonly variable: string;
  readonly value: string;
}

export interface OfflineRulesView {
  readonly stationId: string;
  readonly policy: OfflinePolicy;
  /** Of the organisation; stations that know such a group let its tokens stop any transaction. */
  readonly masterPassGroupId: string | null;
  /** What the station would be told. Rules that it has no variable for are missing. */
  readonly variables: readonly OfflineVariable[];
}

export interface OfflineRulesPort {
  get(scope: AccessScope, stationId: string): Promise<OfflineRulesView>;
  /**
   * Tells the station the rules of its site, as a `set-variables` command.
   *
   * @throws FailedPrecondition `offline_rules.none` (nothing is set), `command.not_supported`
   */
  apply(scope: AccessScope, stationId: string, request: { readonly requestedBy: string | null }): Promise<CommandView>;
}
