import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiAnswer, ApiClient } from './api-client.ts';

const GUIDES = join(import.meta.dirname, '..', '..', 'docs', 'guides');

interface Example {
  /** The name that keeps the first id of the answer. */
  readonly variable: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
}

export const readGuide = (name: string): Promise<string> => readFile(join(GUIDES, name), 'utf8');

/** The commands of a guide as requests: `NAME=$(api -X METHOD $API/path -d 'body' | …)`. */
function examplesOf(guide: string): Example[] {
  const blocks = [...guide.matchAll(/```bash\n(.*?)```/gs)].map(([, block = '']) => block).join('\n');
  const command = /(?:(\w+)=\$\()?\bapi (?:-X (\w+) )?"?\$API(\/[^\s"]+)"?(?: -d ((?:'[^']*'|\$\w+)+))?/g;
  const found = [...blocks.matchAll(command)];
  assert.equal(found.length, [...blocks.matchAll(/\bapi /g)].length, 'a command of the guide is not understood');
  return found.map(([, variable, method, path = '', body]) => ({
    variable,
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    path: path.replace(/\)$/, ''),
    body: body?.replaceAll("'", ''),
  }));
}

/**
 * Sends the commands of a guide, or of a part of it, in their order; each must succeed.
 *
 * @param variables what earlier commands have kept; what these keep is added
 * @returns the answers
 */
export async function runExamples(api: ApiClient, guide: string, variables: Map<string, string>): Promise<ApiAnswer[]> {
  const filled = (text: string) => text.replaceAll(/\$([A-Z]+)/g, (_, name: string) => variables.get(name) ?? '');
  const answers: ApiAnswer[] = [];
  for (const { variable, method, path, body } of examplesOf(guide)) {
    const json: unknown = body === undefined ? undefined : JSON.parse(filled(body));
    const answer = await api.request(method, filled(path), json);
    assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    answers.push(answer);
    const first = /"id":"([^"]+)"/.exec(JSON.stringify(answer.body))?.[1];
    if (variable !== undefined) variables.set(variable, first ?? '');
  }
  return answers;
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
