import type { Instant } from '@voltpile/kernel/clock';
import type { CommandStatus, StationCommand } from './commands.ts';
import type { Epoch, StationKey } from './ids.ts';

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
  /** Closes the socket of that epoch (the station was removed, got a new password, or is connected elsewhere). */
  disconnect(station: StationKey, epoch: Epoch, reason: string): Promise<void>;
}

export interface CommandOutcome {
  /** `offline`: no such connection, nothing was sent. `timeout`: sent, no answer in time. `unknown`: sent, then the socket was lost. */
  readonly status: Exclude<CommandStatus, 'pending'>;
  /** The station's answer as its dialect gave it; an explanation `{error, message}` when there is none. */
  readonly response: unknown;
}

export type InterpretedAction =
  | { readonly kind: 'command'; readonly command: StationCommand }
  | { readonly kind: 'raw'; readonly command: StationCommand }
  | { readonly kind: 'unknown-action' }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };
