// Makes .env from .env.example, with secrets of its own:
//
//   node make-env.mjs [VOLTPILE_ADMIN_EMAIL=you@example.com VOLTPILE_PUBLIC_URL=https://cs.example.com …]
//
// Plain JavaScript for any Node from 20 on. What is there already is never overwritten: the database knows its password.
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const given = new Map(
  process.argv.slice(2).map((argument) => {
    const at = argument.indexOf('=');
    return [argument.slice(0, Math.max(at, 0)), argument.slice(at + 1)];
  }),
);
const lines = readFileSync(join(folder, '.env.example'), 'utf8')
  .split('\n')
  .map((line) => {
    const name = /^([A-Z_]+)=/.exec(line)?.[1];
    if (name === undefined) return line;
    const value = given.get(name);
    given.delete(name);
    if (value !== undefined) return `${name}=${value}`;
    return /(PASSWORD|SECRET)=$/.test(line) ? `${line}${randomBytes(32).toString('hex')}` : line;
  });
const unknown = [...given.keys()];
if (unknown.length > 0) fail(`.env.example has no ${unknown.map((name) => name || 'name without =').join(', ')}`);

const target = process.env.ENV_FILE || join(folder, '.env');
try {
  writeFileSync(target, lines.join('\n'), { mode: 0o600, flag: 'wx' });
} catch (error) {
  fail(error.code === 'EEXIST' ? `${target} is there already; it is left as it is` : error.message);
}
const empty = lines.flatMap((line) => /^([A-Z_]+)=$/.exec(line)?.[1] ?? []);
process.stdout.write(`${target} is made.${empty.length > 0 ? ` Fill in ${empty.join(' and ')}.` : ''}\n`);

function fail(problem) {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}
