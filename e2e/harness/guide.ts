import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const GUIDES = join(import.meta.dirname, '..', '..', 'docs', 'guides');

/** What all guides begin with, in Getting started. */
export const LOG_IN = '2. Log in';
export const REGISTER = '3. Register a station';

/** Shell commands as a guide prints them. */
export interface GuideBlock {
  readonly text: string;
  /** To be typed into another terminal than the rest: they run until somebody ends them. */
  readonly isApart: boolean;
}

export const readGuide = (name: string): Promise<string> => readFile(join(GUIDES, name), 'utf8');

/** The shell commands of a guide, or of a part of it, in their order. */
export function blocksOf(guide: string): GuideBlock[] {
  return [...guide.matchAll(/^```bash( another-terminal)?\n(.*?)^```$/gms)].map(([, apart, text = '']) => ({
    text,
    isApart: apart !== undefined,
  }));
}

/** What stands below the headings that begin so, each with what is below it, up to the next heading of that rank. */
export function sectionsOf(guide: string, ...headings: readonly string[]): string {
  return headings
    .map((heading) => {
      const found = guide.split(/^(?=## )/m).find((section) => section.startsWith(`## ${heading}`));
      assert.ok(found !== undefined, heading);
      return found;
    })
    .join('\n');
}

/** The rows of the table of a guide that begins with this line, cell by cell, without the quotes of code. */
export function tableOf(guide: string, heading: string): string[][] {
  const position = guide.indexOf(`${heading}\n`);
  assert.ok(position >= 0, heading);
  const lines = guide.slice(position).split('\n').slice(2);
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(0, end).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}
