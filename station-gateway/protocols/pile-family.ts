import type { StationCommand } from '@voltpile/csms/contract/commands';
import type { Epoch, StationKey } from '@voltpile/csms/contract/ids';
import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import type { MessageOrigin, RegistrationStatus, StationPort } from '@voltpile/csms/contract/station-port';
import type { Clock, Instant } from '@voltpile/kernel/clock';
import type { DisconnectReason } from '../metrics.ts';
import type { CommandReader } from './dialect.ts';

/**
 * How much a frame may wait:
 * - `login`: begins a pile's session, and is repeated until it is answered;
 * - `prompt`: handled when it comes, before what waits: a heartbeat, or the answer to a command of ours;
 * - `asked`: the pile waits for an answer, and repeats itself without one;
 * - `told`: nothing answers it, and the pile never says it again;
 * - `passing`: the same, and the next one says as much: the first to go when there is no room.
 */
export type FrameKind = 'login' | 'prompt' | 'asked' | 'told' | 'passing';

/** One frame of a pile, as much as a connection needs to know of it. */
export interface PileFrame {
  /** From a closed set, for metrics and the log: `0x13`. */
  readonly name: string;
  readonly kind: FrameKind;
  /** The pile that it speaks of; null when it names none. */
  readonly identity: string | null;
  /** As it came; its own memory. */
  readonly bytes: Buffer;
}

/** What was cut from a stream of bytes. */
export type PileCut =
  | { readonly kind: 'frame'; readonly frame: PileFrame }
  /** Dropped, and why: one word and a sentence. */
  | { readonly kind: 'odd'; readonly problem: string; readonly detail: string; readonly bytes: Buffer };

/** The family's side of one connection: cuts what is read. Holds at most a few frames' worth. */
export interface PileStream {
  push(chunk: Buffer): Iterable<PileCut>;
  /** Bytes of a frame that has begun and not ended. */
  readonly pendingBytes: number;
  /** Bytes that belonged to no frame since the last good one. */
  readonly garbageBytes: number;
  /** Broken frames since the last good one. */
  readonly badInARow: number;
}

/** A pile that has been let in, as its dialog sees it. */
export interface PileLink {
  readonly station: StationKey;
  readonly epoch: Epoch;
  readonly identity: string;
  readonly registrationStatus: RegistrationStatus;
  /** IANA, of the pile's site. */
  readonly timeZone: string;
  /** The SIM card of its last boot, when it told of one. */
  readonly iccid: string | null;
  readonly port: StationPort;
  readonly clock: Clock;
  /** Monotonic milliseconds that stand still while the process does. */
  readonly ticks: number;
  readonly usable: boolean;
  /** Writes a frame. @returns false when the connection is gone */
  send(name: string, bytes: Buffer): boolean;
  /** Asks the pile to go when all that it has sent is handled. */
  leave(text: string, reason: DisconnectReason): void;
  /** Origin of what no frame says: that none has come. */
  originOfSilence(): MessageOrigin;
  /** A line for whoever looks after the machine; limited in number. */
  warn(facts: object, text: string): void;
  /** A frame cannot be read, or means nothing: counted and shown, with the frame. */
  odd(problem: string, detail: string, frame: PileFrame): void;
  /** Leaves a security event on the pile; nobody waits for it. */
  reportSecurityEvent(type: string, techInfo: string, frame: PileFrame): void;
  /** Takes a try at a card or a car, of those that its pile has, whichever connection it uses. @returns false when there is none left */
  mayTryToken(): boolean;
  /** For the message log. */
  log(command: SentCommand): void;
}

/** A frame of ours that asked for an answer, and what came of it. */
export interface SentCommand {
  readonly name: string;
  readonly bytes: Buffer;
  readonly requestedAt: Instant;
  readonly outcome: 'result' | 'timeout' | 'lost';
  readonly answer: Buffer | null;
}

/** A frame on its way through the queue. */
export interface PileTurn {
  readonly frame: PileFrame;
  readonly receivedAt: Instant;
  /** 1 in the first try. */
  readonly attempt: number;
  /** Where the frame came from, for the port, with what was found odd about it. */
  origin(oddities?: readonly string[]): MessageOrigin;
  /** Writes an answer to this frame. */
  answer(name: string, bytes: Buffer): void;
  /** Tells the connection how far off the pile's clock seemed when it spoke of a time just now. */
  observeClock(claimedAt: Instant): void;
}

/** What goes on with one pile: its guns, the commands under way, its timers. Lives as long as its session. */
export interface PileDialog {
  /** Tells the port what a frame says, and answers it. Throws only what the port threw; is then asked again. */
  handle(turn: PileTurn): Promise<void>;
  /** Never throws. */
  execute(command: StationCommand, deadline: Instant): Promise<CommandOutcome>;
  /** Whether it waits for a frame of this name: for frames that name no pile. */
  expects(name: string): boolean;
  /** Outlets, as the pile said. At least 1. */
  readonly guns: number;
  /** Whether a charge is under way, as far as is known. */
  readonly isCharging: boolean;
  /** Asks the pile for a sign of life. */
  probe(): void;
  /** Once a second or so. */
  tick(): void;
  /** The session is over. */
  closed(): void;
}

/**
 * One family of pile protocols over a plain stream of bytes. A family is a folder under `protocols/`: its codec or the library that is one,
 * its handlers, its commands. The first bytes of a connection choose it.
 */
export interface PileFamily extends CommandReader {
  /** Commands that it can carry, for the station's record. */
  readonly capabilities: readonly string[];
  /** Bytes that a stream of this family begins with. */
  readonly prefix: Buffer;
  stream(): PileStream;
  /** Why a login cannot be read; null when it can. Looked at before anybody is let in by it. */
  problemOf(login: PileFrame): string | null;
  /** The answer to a pile that is not let in; null when there is none. */
  refuseLogin(login: PileFrame, stream: PileStream): { readonly name: string; readonly bytes: Buffer } | null;
  /** The pile has been let in; its login, which can be read, is the first frame that the dialog is given. */
  open(link: PileLink, login: PileFrame, stream: PileStream): PileDialog;
  /** Bytes as text for the message log, without secrets. */
  show(bytes: Buffer): string;
}
