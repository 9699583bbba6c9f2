import type { FrameKind } from '../../pile-family.ts';

const KINDS: Readonly<Record<number, FrameKind>> = {
  1: 'login',
  3: 'prompt',
  5: 'prompt',
  9: 'prompt',
  19: 'told',
  21: 'told',
  23: 'told',
  25: 'told',
  27: 'told',
  29: 'told',
  33: 'told',
  35: 'passing',
  37: 'passing',
  49: 'asked',
  57: 'asked',
  59: 'asked',
  61: 'asked',
  97: 'told',
  147: 'told',
  161: 'asked',
};

/** How much a frame of a pile may wait. The rest are answers to commands of ours. */
export function frameKindOf(code: number): FrameKind {
  return KINDS[code] ?? 'prompt';
}
