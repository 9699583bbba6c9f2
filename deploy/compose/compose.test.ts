import assert from 'node:assert/strict';
import { ROLES } from '@voltpile/platform/config/config';
import { readSettings } from '@voltpile/server/settings/settings';
import { parse } from 'yaml';
import { readText } from '../testing/files.ts';

interface Service {
  readonly image: string;
  readonly environment?: Record<string, string | number>;
  readonly depends_on?: Record<string, { readonly condition: string }>;
  readonly networks?: readonly string[];
  readonly volumes?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly healthcheck?: object;
  readonly stop_grace_period?: string;
  readonly logging?: object;
  readonly ports?: readonly string[];
}

interface Compose {
  readonly services: Record<string, Service>;
  readonly networks: Record<string, unknown>;
  readonly volumes: Record<string, unknown>;
}

const SECRET = '0123456789abcdef0123456789abcdef';
/** What somebody fills in, beside what .env.example says. */
const FILLED: Readonly<Record<string, string>> = {
  NATS_PASSWORD: SECRET,
  POSTGRES_PASSWORD: SECRET,
  VOLTPILE_SECRET: SECRET,
  VOLTPILE_ADMIN_PASSWORD: SECRET,
  GRAFANA_PASSWORD: SECRET,
  VOLTPILE_ADMIN_EMAIL: 'me@example.com',
  VOLTPILE_PUBLIC_URL: 'https://cs.example.com',
};

/** Puts variables in as compose does: `$NAME`, `${NAME}`, with `:-` for a default and `:?` for what must be there. */
function interpolate(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{([A-Z_]+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind?: string, word?: string) => {
    const value = variables[name] ?? '';
    if (value !== '') return value;
    if (kind === '-') return word ?? '';
    assert.fail(`nothing says what ${name} is`);
  });
}

describe('compose.yaml', () => {
  const examples = Object.fromEntries(
    [...readText('deploy', 'compose', '.env.example').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [
      name,
      value,
    ]),
  ) as Record<string, string>;
  const source = readText('deploy', 'compose', 'compose.yaml');
  const compose = parse(interpolate(source, { ...examples, ...FILLED }), { merge: true }) as Compose;
  const services = Object.entries(compose.services);
  const ours = services.filter(([, { environment }]) => environment?.VOLTPILE_ROLES !== undefined);

  it('gets all that it wants from .env.example', () => {
    for (const [, name = ''] of source.matchAll(/\$\{([A-Z_]+)/g)) assert.ok(name in examples, name);
    for (const name of Object.keys(FILLED)) assert.equal(examples[name], '', `${name} has no default`);
  });

  it('runs two of each role, with settings that the server takes', () => {
    const roles = ours.map(([name, { environment }]) => {
      const texts = Object.entries(environment ?? {}).map(([key, value]) => [key, String(value)]);
      // As in the image.
      const config = readSettings({ VOLTPILE_HOST: '0.0.0.0', ...Object.fromEntries(texts) }).all;
      assert.equal(config.internalUrl, `http://${name}:${config.internalPort}`);
      const keeps = config.roles.some((role) => role !== 'station-gateway');
      assert.deepEqual(
        [config.databaseUrl !== null, config.secret !== null],
        [keeps, keeps],
        `${name} knows what it needs`,
      );
      return config.roles;
    });
    assert.deepEqual(roles.flat().toSorted(), ROLES.flatMap((role) => [role, role]).toSorted());
  });

  it('gives gateways the time to drain', () => {
    for (const [name, { environment, stop_grace_period: grace = '' }] of ours) {
      const drain = Number(environment?.VOLTPILE_DRAIN_SECONDS ?? 0);
      assert.ok(Number(/^(\d+)s$/.exec(grace)?.[1]) >= drain + 25, name);
    }
  });

  it('pins every image, writes to no root, drops what it does not need, and asks how each is', () => {
    for (const [name, service] of services) {
      assert.match(
        service.image,
        name.match(/^(csms|billing|operations|api|gateway)-/) ? /^voltpile:local$/ : /:v?\d+\.\d+(\.\d+)?(-\w+)?$/,
        name,
      );
      assert.ok(service.healthcheck !== undefined, `${name}: healthcheck`);
      assert.ok(service.logging !== undefined, `${name}: logging`);
      // These images write where they were built to.
      if (name === 'postgres' || name === 'grafana') continue;
      assert.equal(service.read_only, true, `${name}: read_only`);
      assert.deepEqual(service.cap_drop, ['ALL'], `${name}: cap_drop`);
    }
  });

  it('names services, networks and volumes that there are', () => {
    for (const [name, { depends_on = {}, networks = [], volumes = [] }] of services) {
      for (const other of Object.keys(depends_on)) assert.ok(other in compose.services, `${name} waits for ${other}`);
      for (const network of networks) assert.ok(network in compose.networks, `${name} is in ${network}`);
      for (const volume of volumes) {
        const [from = ''] = volume.split(':');
        assert.ok(from.startsWith('.') || from in compose.volumes, `${name} mounts ${from}`);
      }
    }
  });

  it('opens nothing to other machines by itself', () => {
    for (const [name, { ports = [] }] of services) for (const port of ports) assert.match(port, /^127\.0\.0\.1:/, name);
  });

  it('is what the balancer and Prometheus look at', () => {
    const gateways = ['gateway-1', 'gateway-2'];
    const servers = [...readText('deploy', 'compose', 'haproxy.cfg').matchAll(/^ {2}server (\S+) (\S+):(\d+) check/gm)];
    assert.deepEqual(
      servers.map(([, name, host, port]) => `${name} ${host} ${port}`),
      [
        ...['api-1', 'api-2'].map((name) => `${name} ${name} 8080`),
        ...[9220, 8768].flatMap((port) => gateways.map((name) => `${name} ${name} ${port}`)),
      ],
    );
    const prometheus = parse(readText('deploy', 'prometheus', 'prometheus.yml')) as {
      scrape_configs: { job_name: string; static_configs: { targets: string[]; labels?: { role: string } }[] }[];
    };
    const job = prometheus.scrape_configs.find(({ job_name }) => job_name === 'voltpile');
    const scraped = job?.static_configs.flatMap(({ targets, labels }) =>
      targets.map((target) => `${target} ${labels?.role}`),
    );
    assert.deepEqual(
      scraped?.toSorted(),
      ours.map(([name, { environment }]) => `${name}:8090 ${environment?.VOLTPILE_ROLES}`).toSorted(),
    );
  });
});
