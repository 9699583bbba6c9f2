import type { StationCommand } from '@voltpile/csms/contract/commands';
import type { CommandOutcome, InterpretedAction } from '@voltpile/csms/contract/station-link';
import type { MessageOrigin, RegistrationStatus, StationPort } from '@voltpile/csms/contract/station-port';
import type { Instant } from '@voltpile/kernel/clock';
import type { CallOutcome, CallReply, InboundCall, OcppVersion } from '@voltpile/ocpp/rpc/types';

/** Reads a dialect's own actions as neutral commands. */
export interface CommandReader {
  /** As the domain knows the dialect: `ocpp1.6`, `ykc`. */
  readonly version: string;
  /** Reads an own action and payload as a neutral command. */
  interpret(action: string, payload: unknown): InterpretedAction;
}

/**
 * One OCPP version as the gateway sees it: what to do with a CALL, and how to carry a command. The WebSocket listener knows dialects
 * only by this interface; each dialect lives in its own folder, one thin file per message and per command.
 */
export interface OcppDialect extends CommandReader {
  readonly version: OcppVersion;
  /** Commands this dialect can carry, for the station's record. */
  readonly capabilities: readonly string[];
  /** Messages that carry billable facts: trouble of our own never answers them with CALLERROR (the reply is held instead). */
  readonly transactionActions: ReadonlySet<string>;
  /** Validates one CALL, makes its one call on the station port, and maps the answer back. Throws only what the port threw. */
  handleCall(call: InboundCall, context: MessageContext): Promise<CallReply>;
  /** Sends a command as one or several CALLs and maps the answers. Never throws. */
  execute(command: StationCommand, call: Caller, conversation: Conversation): Promise<CommandOutcome>;
}

/** Sends one CALL of ours and waits for what comes of it; the deadline is the command's. */
export type Caller = (action: string, payload: object) => Promise<CallOutcome>;

/** What a connection knows beyond its single messages. */
export interface Conversation {
  /** As the station was told last: at its admission, or in the answer to its last boot message. */
  registrationStatus: RegistrationStatus;
  /** Notes that something was asked for; it may come for so many seconds. */
  expect(what: string, seconds: number): void;
  /** It will not come. */
  forget(what: string): void;
  isExpected(what: string): boolean;
}

export interface MessageContext {
  readonly conversation: Conversation;
  readonly port: StationPort;
  readonly receivedAt: Instant;
  /** Makes the origin of the message for the port, with what was found odd. */
  origin(call: InboundCall, oddities?: readonly string[]): MessageOrigin;
  /** Tells the connection how far off the station's clock seemed when it spoke of a time just now. */
  observeClock(claimedAt: Instant): void;
  /** The station's leniency setting: let odd non-transaction messages pass, flagged. */
  readonly lenient: boolean;
  /** The interval that a boot answer has just told the station, for the liveness timer. */
  heartbeatIntervalTold(seconds: number): void;
}
