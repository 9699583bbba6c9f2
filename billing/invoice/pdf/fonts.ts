import { fileURLToPath } from 'node:url';
import * as fontkit from 'fontkit';

/**
 * The fonts of invoices, all under the SIL Open Font License: Noto Sans for letters and digits, Noto Sans SC for Chinese. Only the glyphs that an
 * invoice uses become part of its file.
 */

export type Weight = 'regular' | 'bold';

export interface FontFile {
  readonly name: string;
  readonly path: string;
}

/** What of a text one font can show. */
export interface FontRun {
  readonly font: FontFile;
  readonly text: string;
}

const pathOf = (file: string): string => fileURLToPath(import.meta.resolve(`@expo-google-fonts/${file}`));

/** In the order in which they are asked for a letter. */
export const FONTS: Readonly<Record<Weight, readonly FontFile[]>> = {
  regular: [
    { name: 'latin', path: pathOf('noto-sans/400Regular/NotoSans_400Regular.ttf') },
    { name: 'chinese', path: pathOf('noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf') },
  ],
  bold: [
    { name: 'latin-bold', path: pathOf('noto-sans/700Bold/NotoSans_700Bold.ttf') },
    { name: 'chinese-bold', path: pathOf('noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf') },
  ],
};

/** In place of what no font has (other scripts, emoji). Noto Sans SC has it. */
const SUBSTITUTE = '□';

const coverage = new Map<string, ReadonlySet<number>>();

/**
 * Splits a text by the fonts that it needs.
 * Control characters become spaces, what no font has becomes a square.
 */
export function splitByFont(text: string, weight: Weight): FontRun[] {
  const runs: { font: FontFile; text: string }[] = [];
  for (const letter of text.replaceAll(/\p{Cc}+/gu, ' ')) {
    const before = runs.at(-1);
    const { font, shown } = fontFor(letter, weight);
    if (before !== undefined && before.font === font) before.text += shown;
    else runs.push({ font, text: shown });
  }
  return runs;
}

function fontFor(letter: string, weight: Weight): { font: FontFile; shown: string } {
  const fonts = FONTS[weight];
  const font = fonts.find((candidate) => charactersOf(candidate).has(letter.codePointAt(0) ?? 0));
  if (font !== undefined) return { font, shown: letter };
  return { font: fonts[fonts.length - 1] as FontFile, shown: SUBSTITUTE };
}

/** Read once for the life of the process: a few ten thousand numbers for each font. */
function charactersOf({ path }: FontFile): ReadonlySet<number> {
  let characters = coverage.get(path);
  if (characters === undefined) {
    characters = new Set((fontkit.openSync(path) as fontkit.Font).characterSet);
    coverage.set(path, characters);
  }
  return characters;
}
