import type { Instant } from '@voltpile/kernel/clock';
import type { CommandStatus, GivenCommand, StationCommand } from './commands.ts';
import type { Epoch, StationKey } from './ids.ts';
import type { AttributeType, ComponentName, DeviceVariable, VariableName } from './station-port.ts';

/** Down: how the domain reaches a station, whatever it speaks. Implemented by the gateway that holds the socket. */
export interface StationLink {
  /**
   * Carries one command to the station and waits for its answer until the deadline. Never throws for anything the station or its
   * connection does: that is the outcome.
   *
   * @param epoch the connection the domain believes in; another one on the socket's side answers `offline`
   */
  execute(station: StationKey, epoch: Epoch, command: StationCommand, deadline: Instant): Promise<CommandOutcome>;
  /**
   * Reads a dialect's own action and payload as a neutral command.
   *
   * @returns the twin, or `raw` when the action has none, or why it cannot be sent
   */
  interpret(protocol: string, action: string, payload: unknown): Promise<InterpretedAction>;
  /**
   * Closes the socket of that epoch (the station was removed, got a new password, or is connected elsewhere).
   *
   * @param nodeId the gateway that holds it, where the connection is not the station's newest any more
   */
  disconnect(station: StationKey, epoch: Epoch, reason: string, nodeId?: string): Promise<void>;
}

export interface CommandOutcome {
  /** `offline`: no such connection, nothing was sent. `timeout`: sent, no answer in time. `unknown`: sent, then the socket was lost. */
  readonly status: Exclude<CommandStatus, 'pending'>;
  /** The station's answer as its dialect gave it; an explanation `{error, message}` when there is none. */
  readonly response: unknown;
  /** The same answer in neutral words, where the domain has a use for it. */
  readonly facts?: CommandFacts | undefined;
}

/** What came of a command that the station has not answered, with a sentence why. */
export function unanswered(status: CommandOutcome['status'], message: string): CommandOutcome {
  return { status, response: { error: status, message } };
}

/** What an answer says, in the domain's words. */
export type CommandFacts =
  /** To `get-variables`. `unknown`: names that the station does not know. */
  | {
      readonly kind: 'variables';
      readonly variables: readonly DeviceVariable[];
      readonly unknown: readonly { readonly component: ComponentName; readonly variable: VariableName }[];
    }
  /** To `set-variables`: one for each variable that was tried. */
  | { readonly kind: 'variables-set'; readonly results: readonly VariableSetResult[] }
  /** To `get-local-list-version`: 0 when there is no list, negative when the station keeps none. */
  | { readonly kind: 'local-list-version'; readonly versionNumber: number }
  /** To `send-local-list`. */
  | { readonly kind: 'local-list-sent'; readonly status: 'accepted' | 'failed' | 'version-mismatch' | 'not-supported' }
  /** To `reserve-now`. */
  | { readonly kind: 'reservation'; readonly status: 'accepted' | 'faulted' | 'occupied' | 'rejected' | 'unavailable' }
  /** To `get-composite-schedule`; `schedule` is OCPP 2.0.1 CompositeScheduleType. */
  | { readonly kind: 'composite-schedule'; readonly schedule: Readonly<Record<string, unknown>> | null }
  /** To `set-variable-monitoring` and `clear-variable-monitoring`: OCPP 2.0.1 SetMonitoringResultType, ClearMonitoringResultType. */
  | { readonly kind: 'monitors-set'; readonly results: readonly Readonly<Record<string, unknown>>[] }
  | { readonly kind: 'monitors-cleared'; readonly results: readonly Readonly<Record<string, unknown>>[] }
  /**
   * To `get-base-report`, `get-report`, `get-monitoring-report` and `get-charging-profiles`: there is nothing to report, no part will
   * come.
   */
  | { readonly kind: 'report-empty' }
  /** To `get-log`, `get-diagnostics`: the name of the file that the station will upload, when it tells one. */
  | { readonly kind: 'upload'; readonly fileName: string | null };

export interface VariableSetResult {
  readonly component: ComponentName;
  readonly variable: VariableName;
  readonly attributeType: AttributeType;
  readonly value: string;
  /** OCPP 2.0.1 SetVariableStatusEnumType. */
  readonly status:
    | 'Accepted'
    | 'Rejected'
    | 'UnknownComponent'
    | 'UnknownVariable'
    | 'NotSupportedAttributeType'
    | 'RebootRequired';
}

export type InterpretedAction =
  | { readonly kind: 'command'; readonly command: GivenCommand }
  | { readonly kind: 'raw'; readonly command: GivenCommand }
  | { readonly kind: 'unknown-action' }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };
