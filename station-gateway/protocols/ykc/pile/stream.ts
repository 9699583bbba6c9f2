import type { ValuesOf } from '@voltpile/ykc/fields/field-types';
import { minBytesOf } from '@voltpile/ykc/fields/field-types';
import type { CrcOrder } from '@voltpile/ykc/frames/crc16';
import { encodeFrame, type Frame } from '@voltpile/ykc/frames/frame';
import { FrameReader } from '@voltpile/ykc/frames/frame-reader';
import { encodeBody } from '@voltpile/ykc/messages/body';
import { codeText, type MessageTable } from '@voltpile/ykc/messages/message';
import { messageOf } from '@voltpile/ykc/messages/table';
import type { PileCut, PileFrame, PileStream } from '../../pile-family.ts';
import { frameKindOf } from './frame-kinds.ts';

export interface YkcFrame extends PileFrame {
  readonly frame: Frame;
  readonly table: MessageTable;
}

/** What checks of ours look like: the standard order, or the one that the pile uses. */
export type CrcStyle = 'low-first' | 'mirror';

/**
 * Frames of one connection, in both directions. Each side counts its own requests from 0 after each connect; an answer repeats the request's two
 * bytes, whatever they mean.
 */
export class YkcStream implements PileStream {
  readonly #reader = new FrameReader();
  readonly #crc: CrcStyle;
  #sequence = 0;

  constructor(crc: CrcStyle) {
    this.#crc = crc;
  }

  get pendingBytes(): number {
    return this.#reader.pendingBytes;
  }

  get garbageBytes(): number {
    return this.#reader.garbageBytes;
  }

  get badInARow(): number {
    return this.#reader.badInARow;
  }

  *push(chunk: Buffer): Generator<PileCut, void, void> {
    for (const cut of this.#reader.push(chunk)) {
      if (cut.kind === 'bad-check') {
        yield {
          kind: 'odd',
          problem: 'bad-check',
          detail: 'the check fits in neither order',
          bytes: Buffer.from(cut.bytes),
        };
      } else yield read(cut.frame, Buffer.from(cut.bytes));
    }
  }

  /** An answer: with the sequence of what it answers. */
  answer<F extends MessageTable['fields']>(to: YkcFrame, table: MessageTable<F>, values: ValuesOf<F>): Buffer {
    return this.#encode(to.frame.sequence, table, values);
  }

  /** A request of ours. */
  request<F extends MessageTable['fields']>(table: MessageTable<F>, values: ValuesOf<F>): Buffer {
    const sequence = this.#sequence.toString(16).padStart(4, '0');
    this.#sequence = (this.#sequence + 1) & 0xffff;
    return this.#encode(sequence, table, values);
  }

  #encode<F extends MessageTable['fields']>(sequence: string, table: MessageTable<F>, values: ValuesOf<F>): Buffer {
    const order: CrcOrder = this.#crc === 'mirror' ? this.#reader.crcOrder : 'low-first';
    return encodeFrame({ sequence, encryption: 0, type: table.code, body: encodeBody(table, values) }, order);
  }
}

/** @param bytes memory of its own, which the body is made to refer to */
function read(frame: Frame, bytes: Buffer): PileCut {
  const name = codeText(frame.type);
  const odd = (problem: string, detail: string): PileCut => ({ kind: 'odd', problem, detail, bytes });
  if (frame.encryption !== 0) return odd('encrypted', `${name} is encrypted, which no public text explains`);
  const table = messageOf(frame.type);
  if (table === undefined) return odd('unknown-type', `${name} is not known`);
  if (table.direction === 'down') return odd('wrong-direction', `${name} is ours to send`);
  const head = bytes.length - 2 - frame.body.length;
  const body = bytes.subarray(head, bytes.length - 2);
  const at = pileAt(table);
  if (body.length < at + 7 && table.variant?.bodyBytes !== body.length) {
    return odd('too-short', `${name} with a body of ${body.length} bytes`);
  }
  return {
    kind: 'frame',
    frame: {
      name,
      kind: frameKindOf(table.code),
      identity: table.variant?.bodyBytes === body.length && body.length < 7 ? null : body.toString('hex', at, at + 7),
      bytes,
      frame: { ...frame, body },
      table,
    } as YkcFrame,
  };
}

const PLACES = new Map<number, number>();

/** Where the pile's number is in the body. */
function pileAt(table: MessageTable): number {
  let at = PLACES.get(table.code);
  if (at === undefined) {
    at = 0;
    for (const [name, field] of Object.entries(table.fields)) {
      if (name === 'pileNo') break;
      at += minBytesOf(field);
    }
    PLACES.set(table.code, at);
  }
  return at;
}
