import assert from 'node:assert/strict';
import { access, readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import * as billingPorts from '@voltpile/billing/contract/ports';
import { COMMAND_ACTIONS, commandClass } from '@voltpile/csms/contract/commands';
import { DOMAIN_EVENT_TYPES } from '@voltpile/csms/contract/events';
import * as csmsPorts from '@voltpile/csms/contract/ports';
import { TRANSACTION_FLAGS } from '@voltpile/csms/transactions/flags';
import { DEFAULT_TIMEOUT_MS, type MethodPolicy } from '@voltpile/kernel/port-contract';
import * as operationsPorts from '@voltpile/operations/contract/ports';
import { SETTINGS } from '@voltpile/server/settings/settings';
import { settingsTable } from '@voltpile/server/settings/settings-table';
import { COMMANDS as COMMANDS_16 } from '@voltpile/station-gateway/protocols/ocpp16/commands';
import { COMMANDS as COMMANDS_201 } from '@voltpile/station-gateway/protocols/ocpp201/commands';
import { startInProcess } from './harness/server-in-process.ts';

const ROOT = dirname(import.meta.dirname);
const GUIDES = join(ROOT, 'docs', 'guides');
const ALL_PORTS = [csmsPorts, billingPorts, operationsPorts].flatMap((ports) => Object.values(ports));

const read = (name: string): Promise<string> => readFile(join(GUIDES, name), 'utf8');

/** The cells of every row of the table that has this heading, without the quotes of code. */
function table(text: string, heading: string): string[][] {
  const lines = text.slice(text.indexOf(heading)).split('\n').slice(2);
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(0, end).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

const code = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string);

describe('the guides', () => {
  // `npm run docs:settings` writes it.
  it('name every setting with its default, and no other', async () => {
    const text = await read('operating.md');
    const table = settingsTable();
    assert.equal(text.slice(text.indexOf(table.slice(0, table.indexOf('\n')))).slice(0, table.length), table);
    const names: ReadonlySet<string> = new Set(Object.values(SETTINGS).map(({ name }) => name));
    for (const name of await readdir(GUIDES)) {
      for (const [mentioned] of (await read(name)).matchAll(/\bVOLTPILE_[A-Z][A-Z_]*/g)) {
        assert.ok(names.has(mentioned), `${name} names ${mentioned}`);
      }
    }
  });

  it('explain every flag, and whether it holds', async () => {
    const rows = table(await read('operating.md'), '| flag | holds | meaning |');
    assert.deepEqual(
      rows.map(([flag, holds, meaning]) => [code(flag ?? '')[0], holds, meaning]),
      Object.entries(TRANSACTION_FLAGS).map(([flag, { holds, meaning }]) => [flag, holds ? 'yes' : '', meaning]),
    );
  });

  it('name every command with its OCPP action and permission', async () => {
    const rows = table(await read('api.md'), '| neutral command | OCPP 1.6 | OCPP 2.0.1 | permission |');
    const carries = (table: readonly { readonly command: string; readonly action: string }[], command: string) =>
      table.find((entry) => entry.command === command)?.action ?? '–';
    assert.deepEqual(
      rows.map(([command, older, newer, permission]) => [
        ...code(command ?? ''),
        older,
        newer,
        ...code(permission ?? ''),
      ]),
      COMMAND_ACTIONS.map((command) => [
        command,
        carries(COMMANDS_16, command),
        carries(COMMANDS_201, command),
        `station.${commandClass(command)}`,
      ]),
    );
  });

  it('name every type of event', async () => {
    const rows = table(await read('api.md'), '| type | when |');
    assert.deepEqual(rows.flatMap(([types]) => code(types ?? '')).sort(), [...DOMAIN_EVENT_TYPES].sort());
  });

  it('name metrics and paths of the API that there are', async () => {
    await using server = await startInProcess();
    const metrics = await (await fetch(`${server.http}/metrics`)).text();
    // One process has nobody to call.
    const ofClusters = await readFile(join(ROOT, 'platform', 'nats', 'port-client.ts'), 'utf8');
    for (const [name] of (await read('operating.md')).matchAll(/\bvoltpile_[a-z_]+/g)) {
      assert.ok(metrics.includes(`# TYPE ${name} `) || ofClusters.includes(`'${name}'`), name);
    }
    const document = (await (await fetch(`${server.http}/api/v1/openapi.json`)).json()) as { paths: object };
    const paths = Object.keys(document.paths).map(
      (path) => new RegExp(`^${path.replace(/^\/api\/v1/, '').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
    );
    for (const guide of await readdir(GUIDES)) {
      for (const [, path = ''] of (await read(guide)).matchAll(/\$API(\/[\w/%.$-]+)/g)) {
        assert.ok(
          paths.some((known) => known.test(path)),
          `${guide} names ${path}`,
        );
      }
    }
  });

  it('say how calls between processes wait, as the ports declare it', async () => {
    const rows = table(
      await read('cluster.md'),
      '| method | waits | made again | importance | when there is no answer |',
    );
    const named = rows.filter(([method]) => method?.startsWith('`'));
    const methods = ALL_PORTS.flatMap(({ name, methods }) =>
      Object.entries(methods as Record<string, MethodPolicy>).map(
        ([method, policy]) => [`${name}.${method}`, policy] as const,
      ),
    );
    for (const [method = '', waits, again, importance] of named) {
      const policy = methods.find(([name]) => name === code(method)[0])?.[1];
      assert.ok(policy !== undefined, method);
      const { timeoutMs = DEFAULT_TIMEOUT_MS, isIdempotent = false } = policy;
      const written = typeof timeoutMs === 'number' ? `${timeoutMs / 1000} s` : 'the command’s time and 2 s';
      assert.deepEqual(
        [waits?.replace("'", '’'), again, importance],
        [written, isIdempotent ? 'yes' : 'no', policy.importance ?? 'status'],
        method,
      );
    }
    // None that a pile's transaction waits for, or that has an answer of its own, is left out.
    const shown = named.map(([method]) => code(method ?? '')[0]);
    for (const [name, { importance, fallback }] of methods) {
      if (importance === 'transaction' || fallback !== undefined) assert.ok(shown.includes(name), name);
    }
  });

  it('link to pages and headings that there are', async () => {
    const guides = (await readdir(GUIDES)).map((name) => join('docs', 'guides', name));
    for (const name of [...guides, 'README.md', 'CONTRIBUTING.md', join('docs', 'bench.md')]) {
      const page = join(ROOT, name);
      for (const [, target = ''] of (await readFile(page, 'utf8')).matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
        const [file = '', heading] = target.split('#');
        const path = file === '' ? page : resolve(dirname(page), file);
        await assert.doesNotReject(access(path), `${name} links to ${target}`);
        if (heading === undefined) continue;
        const headings = (await readFile(path, 'utf8')).matchAll(/^#+ (.+)$/gm);
        const anchors = [...headings].map(([, text = '']) => anchorOf(text));
        assert.ok(anchors.includes(heading), `${name} links to ${target}; there are ${anchors.join(', ')}`);
      }
    }
  });
});

/** As GitHub makes them. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
