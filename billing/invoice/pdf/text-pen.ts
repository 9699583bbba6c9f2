import type PDFDocument from 'pdfkit';
import { FONTS, type FontRun, splitByFont, type Weight } from './fonts.ts';

export type Document = InstanceType<typeof PDFDocument>;

export interface TextStyle {
  readonly size: number;
  readonly weight?: Weight;
  readonly color?: string;
}

export interface Place {
  readonly x: number;
  /** Of the line on which letters stand. */
  readonly baseline: number;
  readonly align?: 'left' | 'right';
}

const MAX_REMEMBERED = 5000;

/** Puts text on a page, in whatever fonts it needs. All lengths are in points. */
export class TextPen {
  readonly #document: Document;
  /** Most words of an invoice come on each of its lines. */
  readonly #runs = new Map<string, readonly FontRun[]>();
  readonly #widths = new Map<string, number>();

  constructor(document: Document) {
    this.#document = document;
    for (const { name, path } of Object.values(FONTS).flat()) document.registerFont(name, path);
  }

  widthOf(text: string, { size, weight = 'regular' }: TextStyle): number {
    const key = `${size} ${weight} ${text}`;
    let width = this.#widths.get(key);
    if (width === undefined) {
      width = 0;
      for (const run of this.#split(text, weight)) {
        width += this.#document.font(run.font.name).fontSize(size).widthOfString(run.text);
      }
      remember(this.#widths, key, width);
    }
    return width;
  }

  /** One line, however long. @param place.x of its left end, or of its right end */
  write(text: string, style: TextStyle, { x, baseline, align = 'left' }: Place): void {
    const { size, weight = 'regular', color = '#000000' } = style;
    let left = align === 'right' ? x - this.widthOf(text, style) : x;
    for (const run of this.#split(text, weight)) {
      this.#document.font(run.font.name).fontSize(size).fillColor(color);
      this.#document.text(run.text, left, baseline, { lineBreak: false, baseline: 'alphabetic' });
      left += this.#document.widthOfString(run.text);
    }
  }

  /** One line that is no wider than that: smaller where it has to be. Everything of it can be read. */
  writeWithin(text: string, style: TextStyle, place: Place, width: number): void {
    const needed = this.widthOf(text, style);
    const size = needed <= width ? style.size : (style.size * width) / needed;
    this.write(text, { ...style, size }, place);
  }

  /**
   * The lines that a text needs in that width: broken at spaces, between Chinese characters, and anywhere in what is too long for a line.
   *
   * @param most lines; the last one ends in … where there is more
   */
  wrap(text: string, style: TextStyle, width: number, most: number): string[] {
    const lines: string[] = [];
    let line = '';
    for (const piece of piecesOf(text)) {
      if (this.widthOf(line + piece.trimEnd(), style) <= width) {
        line += piece;
        continue;
      }
      if (line !== '') lines.push(line.trimEnd());
      line = piece.trimStart();
      while (this.widthOf(line.trimEnd(), style) > width) {
        const fitting = this.#fitting(line, style, width);
        lines.push(fitting);
        line = line.slice(fitting.length);
      }
    }
    if (line.trim() !== '') lines.push(line.trimEnd());
    if (lines.length <= most) return lines;
    return [...lines.slice(0, most - 1), this.#cut(lines.slice(most - 1).join(' '), style, width)];
  }

  /** The text, or as much of it as fits before …. */
  fit(text: string, style: TextStyle, width: number): string {
    return this.widthOf(text, style) <= width ? text : this.#cut(text, style, width);
  }

  #cut(text: string, style: TextStyle, width: number): string {
    const room = width - this.widthOf('…', style);
    return `${this.#fitting(text, style, room).trimEnd()}…`;
  }

  /** As many letters as fit, at least one. */
  #fitting(text: string, style: TextStyle, width: number): string {
    let fitting = '';
    for (const letter of text) {
      if (fitting !== '' && this.widthOf(fitting + letter, style) > width) break;
      fitting += letter;
    }
    return fitting;
  }

  #split(text: string, weight: Weight): readonly FontRun[] {
    const key = `${weight} ${text}`;
    let runs = this.#runs.get(key);
    if (runs === undefined) {
      runs = splitByFont(text, weight);
      remember(this.#runs, key, runs);
    }
    return runs;
  }
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  if (map.size >= MAX_REMEMBERED) map.clear();
  map.set(key, value);
}

/** Between two pieces a line may end. */
function piecesOf(text: string): string[] {
  return text.match(/[\p{Script=Han}，。；：、（）]|[^\s\p{Script=Han}，。；：、（）]+\s*|\s+/gu) ?? [];
}
