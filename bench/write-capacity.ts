import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { capacityTables } from './capacity.ts';

/** Puts the tables into docs/guides/capacity.md, between its two marks. */
const file = join(import.meta.dirname, '..', 'docs', 'guides', 'capacity.md');
const text = await readFile(file, 'utf8');
const [head, rest] = text.split('<!-- tables -->');
const tail = rest?.split('<!-- end of tables -->')[1];
if (tail === undefined) throw new Error(`${file} has lost its marks`);
await writeFile(file, `${head}<!-- tables -->\n${capacityTables()}\n<!-- end of tables -->${tail}`);
