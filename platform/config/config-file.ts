import { defineError, VoltpileError } from '@voltpile/kernel/errors';
import { isMap, isScalar, isSeq, parseDocument, stringify } from 'yaml';

/** What one layer says: texts by the names of settings. */
export type Texts = Readonly<Record<string, string>>;

export const badSettingsText = defineError(
  'settings.bad_text',
  'InvalidArgument',
  'These are not settings as YAML or JSON: {problem}.',
);

export const MAX_SETTINGS_TEXT = 262_144;

/**
 * Reads settings as people write them into a file: YAML, or JSON, which is YAML as well. A name on each line, with its value: text, a number, `true` or `false`, or a list. An empty
 * value counts as none. Numbers are taken as they are written (`50.00` keeps its cents).
 *
 * @throws InvalidArgument `settings.bad_text`, its message names the line and no value
 */
export function parseSettings(text: string): Texts {
  if (text.length > MAX_SETTINGS_TEXT) throw badSettingsText({ problem: `more than ${MAX_SETTINGS_TEXT} characters` });
  // Every scalar is text here: what it means is for the setting to say.
  const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: true, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const line = text.slice(0, error.pos[0]).split('\n').length;
    throw badSettingsText({ problem: `line ${line}: ${error.code.toLowerCase().replaceAll('_', ' ')}` });
  }
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === '')) return {};
  if (!isMap(document.contents)) throw badSettingsText({ problem: 'they are no names with values' });
  const texts: Record<string, string> = {};
  for (const { key, value } of document.contents.items) {
    if (!isScalar(key)) throw badSettingsText({ problem: 'a name is not text' });
    const name = String(key.value);
    const read = textOf(value);
    if (read === undefined) throw badSettingsText({ problem: `${name.slice(0, 100)} is not text, a number or a list` });
    if (read !== '') texts[name] = read;
  }
  return texts;
}

function textOf(node: unknown): string | undefined {
  if (node === null) return '';
  if (isScalar(node)) return String(node.value ?? '');
  if (!isSeq(node)) return undefined;
  const parts = node.items.map((item) => (isScalar(item) ? String(item.value) : undefined));
  return parts.includes(undefined) ? undefined : parts.join(',');
}

/** The same settings always give the same text: in the order of their names, one on a line, for Git to compare. {@link parseSettings} reads it. */
export function formatSettings(texts: Texts, describe: (name: string) => string | undefined): string {
  const lines = Object.keys(texts)
    .sort()
    .map((name) => {
      const about = describe(name);
      const line = stringify(
        { [name]: texts[name] },
        { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN', lineWidth: 0 },
      );
      return `${about === undefined ? '' : `# ${about}\n`}${line}`;
    });
  return `# Settings of Voltpile\n${lines.length === 0 ? '{}\n' : lines.join('')}`;
}

/** What went wrong, for a list of problems. */
export function problemOf(error: unknown): string {
  return error instanceof VoltpileError || error instanceof Error ? error.message : String(error);
}
