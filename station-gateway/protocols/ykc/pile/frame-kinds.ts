import type { FrameKind } from '../../pile-family.ts';

const KINDS: ReadonlyMap<number, FrameKind> = new Map([
  [0x01, 'login'],
  [0x03, 'prompt'],
  [0x05, 'prompt'],
  [0x09, 'prompt'],
  [0x13, 'told'],
  [0x15, 'told'],
  [0x17, 'told'],
  [0x19, 'told'],
  [0x1b, 'told'],
  [0x1d, 'told'],
  [0x21, 'told'],
  [0x23, 'passing'],
  [0x25, 'passing'],
  [0x31, 'asked'],
  [0x39, 'asked'],
  [0x3b, 'asked'],
  [0x3d, 'asked'],
  [0x61, 'told'],
  [0x93, 'told'],
  [0xa1, 'asked'],
]);

/** How much a frame of a pile may wait. The rest are answers to commands of ours. */
export function frameKindOf(code: number): FrameKind {
  return KINDS.get(code) ?? 'prompt';
}
