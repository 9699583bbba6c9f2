import type { StationCommand } from '@voltpile/csms/contract/commands';
import type { Epoch, StationKey } from '@voltpile/csms/contract/ids';
import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import type { Instant } from '@voltpile/kernel/clock';
import type { DisconnectReason } from '../metrics.ts';

/** A station that is logged in, whatever carries its messages: a WebSocket of its own, or a TCP connection that it may share. */
export interface GatewaySession {
  readonly station: StationKey;
  readonly epoch: Epoch;
  readonly identity: string;
  /** As the domain knows it: `ocpp1.6`, `ykc`. */
  readonly protocol: string;
  /** Whether commands may be sent. */
  readonly usable: boolean;
  /** What carries it; the same for those that share it. */
  readonly socket: object;
  /** Whether its socket is not read for the moment. */
  readonly paused: boolean;
  /** Carries a command to the station. Throws only for a defect of ours. */
  execute(command: StationCommand, deadline: Instant): Promise<CommandOutcome>;
  /**
   * Asks the station to go, after what it has sent is answered.
   *
   * @param text told to the domain, and to the station where the protocol can
   */
  leave(text: string, reason: DisconnectReason): void;
  /** Like {@link leave}, but takes nothing new: the process is going away. */
  stop(text: string): void;
  /** Drops the connection at once. */
  terminate(reason: DisconnectReason, text: string): void;
}
