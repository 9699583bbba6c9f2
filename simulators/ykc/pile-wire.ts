import type { Socket } from 'node:net';
import type { Fields, FieldValue, ValuesOf } from '@voltpile/ykc/fields/field-types';
import { encodeFrame } from '@voltpile/ykc/frames/frame';
import { encodeBody } from '@voltpile/ykc/messages/body';
import { codeText, type MessageTable } from '@voltpile/ykc/messages/message';
import { callTimedOut, connectionLost } from '../station/errors.ts';
import type { CallFault, Faults } from '../station/faults.ts';
import type { CutCause, LinkedWire, OnClosed } from '../station/link.ts';
import type { Timer, TimerGroup, VirtualTime } from '../virtual-time.ts';
import type { Concentrator, Member, Received } from './concentrator.ts';
import type { Quirks } from './pile-options.ts';

const MAX_WAITING = 2_000;
/** What the network has not taken yet: above the first, frames that nobody misses are left out; above the second, the line is cut. */
const FULL_BYTES = 65_536;
const OVERFULL_BYTES = 1_048_576;
/** Appended to bodies by the fault `vendor-fields`. */
const SURPLUS = Buffer.from('56454e44', 'hex');

export interface PileWireOptions {
  readonly line: Concentrator;
  readonly pileNo: string;
  readonly time: VirtualTime;
  readonly timers: TimerGroup;
  /** Real milliseconds that the central system has for an answer at least, however fast time flows. */
  readonly patienceMs: number;
  readonly quirks: Quirks;
  readonly faults: Faults;
  /** A frame that answers nothing that was asked. @returns whether it was for this pile */
  readonly onFrame: (received: Received) => boolean;
  readonly onClosed: OnClosed;
  readonly onViolation: (what: string) => void;
  /** A frame was left out because the network takes nothing. */
  readonly onDropped: (action: string) => void;
}

/** A table to write by. */
export interface Outgoing<F extends Fields = Fields> {
  readonly code: number;
  readonly fields: F;
}

export interface AskOptions<D extends Fields> {
  /** Simulated seconds until the question counts as not answered. */
  readonly seconds: number;
  /** Whether an answer of the right type is the answer to this. */
  readonly matches?: ((values: ValuesOf<D>) => boolean) | undefined;
}

export interface SayOptions {
  /** Of the frame that this one answers; counted on when absent. */
  readonly sequence?: string | undefined;
  /** Nobody misses it. */
  readonly isExpendable?: boolean | undefined;
  /** A body that the table does not make. */
  readonly body?: Buffer | undefined;
}

interface Question {
  readonly action: string;
  readonly replyCode: number;
  readonly matches: ((values: Record<string, FieldValue>) => boolean) | undefined;
  settle(values: unknown): void;
  fail(error: Error): void;
}

/** One pile's connection: frames out, counted and spoiled as told; answers to what it asked, frames that it did not ask for. */
export class PileWire implements LinkedWire, Member {
  readonly pileNo: string;
  readonly #options: PileWireOptions;
  #state: 'new' | 'open' | 'gone' = 'new';
  #questions: Question[] = [];
  #count = 0;
  #sent = 0;
  #abandoned: Socket | undefined;

  constructor(options: PileWireOptions) {
    this.#options = options;
    this.pileNo = options.pileNo;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  async open(): Promise<void> {
    await this.#options.line.join(this);
    if (this.#state === 'gone') {
      await this.#options.line.leave(this);
      throw connectionLost({ action: 'the connection' });
    }
    this.#state = 'open';
  }

  /**
   * Sends a frame and waits for the frame that answers it. It counts as not answered once both the simulated and the real time for it have
   * gone.
   *
   * @throws connectionLost, callTimedOut
   */
  async ask<U extends Fields, D extends Fields>(
    request: Outgoing<U>,
    values: ValuesOf<U>,
    reply: MessageTable<D>,
    options: AskOptions<D>,
  ): Promise<ValuesOf<D>> {
    const fault = this.#options.faults.takeForCall(codeText(request.code), values);
    let answer = await this.#askOnce(request, values, reply, options, fault);
    if (fault?.kind === 'repeat') {
      for (let left = fault.repetitions ?? 1; left > 0; left -= 1) {
        answer = await this.#askOnce(request, values, reply, options, undefined);
      }
    }
    return answer;
  }

  /** Sends a frame that nobody answers. @returns whether it went out */
  say<U extends Fields>(message: Outgoing<U>, values: ValuesOf<U>, options: SayOptions = {}): boolean {
    if (!this.isOpen) return false;
    const action = codeText(message.code);
    if (options.isExpendable === true && this.#options.line.backlogBytes > FULL_BYTES) {
      this.#options.onDropped(action);
      return false;
    }
    const fault = this.#options.faults.takeForCall(action, values);
    const { body, sequence } = options;
    this.#send(message, values, fault, sequence, body);
    if (fault?.kind === 'repeat') {
      for (let left = fault.repetitions ?? 1; left > 0; left -= 1)
        this.#send(message, values, undefined, sequence, body);
    }
    if (fault?.kind === 'drop-before-answer') this.#cutSoon();
    return true;
  }

  /** Sends bytes as they are. */
  sendBytes(bytes: Buffer): void {
    if (!this.isOpen) return;
    const { line, time } = this.#options;
    if (line.backlogBytes > OVERFULL_BYTES) {
      line.cut();
      return;
    }
    // Simulated time that stands still does so until the network has taken what was said.
    line.write(bytes, time.hold());
  }

  receive(received: Received): boolean {
    if (this.#state !== 'open') return false;
    const { message, values } = received;
    const index = this.#questions.findIndex(
      ({ replyCode, matches }) => replyCode === message.code && matches?.(values) !== false,
    );
    if (index < 0) return this.#options.onFrame(received);
    const [question] = this.#questions.splice(index, 1);
    question?.settle(values);
    return true;
  }

  closed(reason: string): void {
    this.#gone(1006, reason);
  }

  violation(what: string): void {
    this.#options.onViolation(what);
  }

  drop(cause: CutCause): void {
    this.#abandoned?.destroy();
    if (this.#state === 'gone') return;
    const { line } = this.#options;
    // Others on the line lose the network with this pile, but not their power.
    if (cause === 'network' || line.size <= 1) line.cut();
    else line.vanish(this);
    this.#gone(1006, 'dropped');
  }

  vanish(): void {
    this.#abandoned = this.#options.line.vanish(this);
    this.#gone(1006, 'vanished');
  }

  async close(code: number, reason: string): Promise<void> {
    if (this.#state === 'gone') return;
    this.#gone(code, reason);
    await this.#options.line.leave(this);
  }

  #askOnce<U extends Fields, D extends Fields>(
    request: Outgoing<U>,
    values: ValuesOf<U>,
    reply: MessageTable<D>,
    options: AskOptions<D>,
    fault: CallFault | undefined,
  ): Promise<ValuesOf<D>> {
    const action = codeText(request.code);
    const { time, timers, patienceMs } = this.#options;
    return new Promise<ValuesOf<D>>((resolve, reject) => {
      if (!this.isOpen || this.#questions.length >= MAX_WAITING) return reject(connectionLost({ action }));
      const release = time.hold();
      let isPatienceOver = false;
      let isTimeOver = false;
      const finish = (end: () => void) => {
        clearTimeout(patience);
        overdue.cancel();
        const index = this.#questions.indexOf(question);
        if (index >= 0) this.#questions.splice(index, 1);
        end();
        release();
      };
      const look = () => {
        if (isPatienceOver && isTimeOver) question.fail(callTimedOut({ action }));
      };
      const question: Question = {
        action,
        replyCode: reply.code,
        matches: options.matches as Question['matches'],
        settle: (answer) => finish(() => resolve(answer as ValuesOf<D>)),
        fail: (error) => finish(() => reject(error)),
      };
      const patience = setTimeout(() => {
        isPatienceOver = true;
        release();
        look();
      }, patienceMs);
      const overdue: Timer = timers.after(options.seconds * 1000, () => {
        isTimeOver = true;
        look();
      });
      this.#questions.push(question);
      if (fault?.kind === 'drop-before-answer') this.#options.line.stopReading();
      try {
        this.#send(request, values, fault, undefined, undefined);
      } catch (error) {
        question.fail(error as Error);
        return;
      }
      if (fault?.kind === 'drop-before-answer') this.#cutSoon();
    });
  }

  #send(
    message: Outgoing,
    values: Readonly<Record<string, unknown>>,
    fault: CallFault | undefined,
    sequence: string | undefined,
    ownBody: Buffer | undefined,
  ): void {
    const { quirks } = this.#options;
    const told = fault?.kind === 'set-field' ? { ...values, [fault.field]: fault.value } : values;
    let body = ownBody ?? encodeBody(message, told as ValuesOf<Fields>);
    if (fault?.kind === 'vendor-fields') body = Buffer.concat([body, SURPLUS]);
    const frame = { sequence: sequence ?? this.#nextSequence(), encryption: 0, type: message.code, body };
    const bytes = encodeFrame(frame, quirks.crcOrder);
    this.#sent += 1;
    const isLost = quirks.badCheckEvery > 0 && this.#sent % quirks.badCheckEvery === 0;
    if (isLost || fault?.kind === 'malformed-json') this.sendBytes(withWrongCheck(bytes));
    if (!isLost) this.sendBytes(bytes);
  }

  #nextSequence(): string {
    const count = this.#count;
    this.#count = (this.#count + 1) % 0x1_0000;
    const big = count.toString(16).padStart(4, '0');
    switch (this.#options.quirks.sequence) {
      case 'big-endian':
        return big;
      case 'little-endian':
        return `${big.slice(2)}${big.slice(0, 2)}`;
      case 'zero':
        return '0000';
    }
  }

  #cutSoon(): void {
    setImmediate(() => this.drop('network'));
  }

  #gone(code: number, reason: string): void {
    if (this.#state === 'gone') return;
    const wasOpen = this.#state === 'open';
    this.#state = 'gone';
    for (const question of [...this.#questions]) question.fail(connectionLost({ action: question.action }));
    if (wasOpen) this.#options.onClosed(code, reason);
  }
}

/** The frame with a check that fits in neither order. */
function withWrongCheck(bytes: Buffer): Buffer {
  const wrong = Buffer.from(bytes);
  const at = wrong.length - 2;
  wrong[at] = (wrong[at] as number) ^ 0x5a;
  wrong[at + 1] = (wrong[at + 1] as number) ^ 0x3c;
  return wrong;
}
