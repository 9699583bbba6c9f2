import type { SettingDeclaration } from '@voltpile/platform/config/setting';
import { SETTINGS } from './settings.ts';

export const SETTINGS_HEADING = '| setting | default | changes | meaning |';

/** The table of the operator's guide, made from the declarations. */
export function settingsTable(): string {
  const declared: readonly SettingDeclaration[] = Object.values(SETTINGS);
  const rows = declared
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, default: text, change, description }) => {
      const shown = text === undefined || text === '' ? '–' : `\`${text}\``;
      return `| \`${name}\` | ${shown} | ${change} | ${description} |`;
    });
  return [SETTINGS_HEADING, '|---|---|---|---|', ...rows].join('\n');
}
