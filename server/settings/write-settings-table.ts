import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SETTINGS_HEADING, settingsTable } from './settings-table.ts';

/** Writes the table of settings into the operator's guide. */
const path = join(import.meta.dirname, '..', '..', 'docs', 'guides', 'operating.md');
const text = await readFile(path, 'utf8');
const from = text.indexOf(SETTINGS_HEADING);
if (from === -1) throw new Error(`${path} has no table of settings`);
const to = text.indexOf('\n\n', from);
await writeFile(path, `${text.slice(0, from)}${settingsTable()}${text.slice(to)}`);
