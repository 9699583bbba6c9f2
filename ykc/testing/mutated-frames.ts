import { readFileSync } from 'node:fs';

export interface PublishedFrame {
  readonly hex: string;
  readonly type: string;
  readonly seqBytes: string;
  readonly crcOk: boolean;
  readonly lenOk: boolean;
  readonly structOk: boolean;
  readonly decoded: Readonly<Record<string, unknown>>;
  readonly origin: string;
  readonly notes?: string;
}

/** Frames that others have published, with what they say. */
export function publishedFrames(): readonly PublishedFrame[] {
  const file = readFileSync(new URL('published-frames.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { frames: PublishedFrame[] }).frames;
}

/** Repeatable pseudo-random integers below a bound (mulberry32). */
export function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A frame with something wrong: bytes changed, cut off, doubled or put in, its length changed, or nothing at all. */
export function mutate(frame: Buffer, random: (below: number) => number): Buffer {
  const bytes = Buffer.from(frame);
  switch (random(7)) {
    case 0:
      for (let count = 1 + random(4); count > 0; count--) bytes[random(bytes.length)] = random(256);
      return bytes;
    case 1:
      return bytes.subarray(0, random(bytes.length + 1));
    case 2: {
      const at = random(bytes.length);
      return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(1 + random(40), random(256)), bytes.subarray(at)]);
    }
    case 3:
      bytes[1] = random(256);
      return bytes;
    case 4:
      return Buffer.concat([bytes, bytes]);
    case 5:
      bytes[5] = random(256);
      return bytes;
    default:
      return bytes;
  }
}
