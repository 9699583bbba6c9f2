import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROLES } from '@voltpile/platform/config/config';
import type { SettingDeclaration } from '@voltpile/platform/config/setting';
import { defaultOf, SETTING_NAMES, SETTINGS } from '@voltpile/server/settings/settings';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import rootManifest from '../../package.json' with { type: 'json' };
import { ROOT, readText } from '../testing/files.ts';

const CHART = ['deploy', 'helm', 'voltpile'];
const templates = readdirSync(join(ROOT, ...CHART, 'templates')).map((name) => ({
  name,
  text: readText(...CHART, 'templates', name),
}));
const values = parse(readText(...CHART, 'values.yaml')) as Record<string, unknown>;
const schema = JSON.parse(readText(...CHART, 'values.schema.json')) as object;
const everything = templates.map(({ text }) => text).join('\n');

interface SchemaOfRoles {
  readonly definitions: {
    readonly role: {
      readonly properties: {
        readonly extraEnv: {
          readonly items: { readonly properties: { readonly name: { readonly not: { readonly enum: string[] } } } };
        };
      };
    };
  };
}

/** Where somebody else decides what is in it. */
const OPEN = [
  'settings',
  'podDefaults',
  'roles',
  'secrets.databases',
  'ingress',
  'services.ocpp',
  'services.ykc',
  'monitoring.dashboards.labels',
];

function pathsOf(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || OPEN.includes(path)) return [path];
  const inner = Object.entries(value).flatMap(([key, one]) => pathsOf(one, path === '' ? key : `${path}.${key}`));
  return inner.length === 0 ? [path] : inner;
}

/** `valid`, or what is wrong with values that differ from the defaults. */
function judge(change: (copy: never) => void): string {
  const copy = structuredClone(values);
  change(copy as never);
  const ajv = new Ajv({ allErrors: true });
  return ajv.validate(schema, copy) ? 'valid' : ajv.errorsText();
}

describe('the chart', () => {
  it('has values that its schema allows', () => {
    assert.equal(
      judge(() => {}),
      'valid',
    );
  });

  it('refuses values that would go wrong', () => {
    type Values = {
      settings: Record<string, unknown>;
      roles: Record<string, { replicas: unknown; more?: number; extraEnv?: object[] }>;
      secrets: { natsUrl: { name: string } };
      nameOverride: string;
      fullnameOverride: string;
      drainSeconds: unknown;
      database?: unknown;
    };
    const wrong: [(copy: Values) => void, RegExp][] = [
      [({ settings }) => (settings.VOLTPILE_SECRET = 'x'), /settings/],
      [({ settings }) => (settings.VOLTPILE_INTERNAL_URL = 'http://a'), /settings/],
      [({ settings }) => (settings.VOLTPILE_MAX_FILES_BYTES = 21474836480), /must be string/],
      [({ roles }) => delete roles.csms, /required property 'csms'/],
      [({ roles }) => (roles.gateway = { replicas: 2 }), /additional properties/],
      [({ roles }) => ((roles.csms as { replicas: unknown }).replicas = 0), /must be >= 1/],
      [({ secrets }) => (secrets.natsUrl.name = ''), /fewer than 1/],
      [(copy) => (copy.drainSeconds = '60'), /must be integer/],
      [({ settings }) => (settings.VOLTPILE_LOG_LEVEL = 'loud'), /VOLTPILE_LOG_LEVEL must be equal to one of/],
      [(copy) => (copy.nameOverride = 'Foo_Bar'), /nameOverride must match/],
      [(copy) => (copy.fullnameOverride = 'foo.bar-'), /fullnameOverride must match/],
      ...['VOLTPILE_OCPP_PORT', 'VOLTPILE_DRAIN_SECONDS', 'DATABASE_URL', 'VOLTPILE_BILLING_DATABASE_URL'].map(
        (name): [(copy: Values) => void, RegExp] => [
          ({ roles }) => ((roles.billing as { extraEnv?: object[] }).extraEnv = [{ name, value: '1' }]),
          /extraEnv\/0\/name must NOT be valid/,
        ],
      ),
      [(copy) => (copy.database = {}), /additional properties/],
    ];
    for (const [change, message] of wrong) assert.match(judge(change as (copy: never) => void), message);
  });

  it('uses every value, and none that there is not', () => {
    const known = pathsOf(values, '');
    const used = [...everything.matchAll(/\.Values\.([A-Za-z][\w.]*)/g)].map(([, path = '']) => path);
    for (const path of used) {
      assert.ok(
        known.some((one) => one === path || one.startsWith(`${path}.`) || path.startsWith(`${one}.`)),
        `a template uses ${path}`,
      );
    }
    for (const path of known) {
      const own = path.split('.').at(-1);
      const isUsed = used.some((one) => one === path || (path.startsWith(`${one}.`) && everything.includes(`.${own}`)));
      assert.ok(isUsed || path.startsWith('services.'), `no template uses ${path}`);
    }
  });

  it('knows the roles and the settings of the server', () => {
    assert.deepEqual(Object.keys(values.roles as object).toSorted(), [...ROLES].toSorted());
    for (const name of Object.keys(values.settings as object)) assert.ok(SETTING_NAMES.includes(name), name);
    const { properties } = schema as { properties: { settings: { propertyNames: { not: { enum: string[] } } } } };
    const forbidden = properties.settings.propertyNames.not.enum;
    for (const name of forbidden) assert.ok(SETTING_NAMES.includes(name), name);
    // What a template says itself must not be said by `settings`, too.
    for (const [, plain, quoted] of everything.matchAll(
      /- name: (VOLTPILE_[A-Z_]+)|"(VOLTPILE_(?!PUBLIC|TRUSTED)[A-Z_]+)"/g,
    )) {
      const name = plain ?? quoted ?? '';
      assert.ok(forbidden.includes(name), `${name} could be given twice`);
    }
    const { extraEnv } = (schema as SchemaOfRoles).definitions.role.properties;
    const kept = ['VOLTPILE_SMTP_URL', 'VOLTPILE_STRIPE_SECRET_KEY', 'VOLTPILE_STRIPE_WEBHOOK_SECRET'];
    assert.deepEqual(
      extraEnv.items.properties.name.not.enum.toSorted(),
      [...forbidden.filter((name) => !kept.includes(name)), 'DATABASE_URL', 'NATS_URL', 'POD_IP'].toSorted(),
    );
  });

  it('knows the words that settings take', () => {
    const { properties } = schema as { properties: { settings: { properties: Record<string, { enum: string[] }> } } };
    const words = Object.values(SETTINGS).flatMap(({ name, type: { choices } }: SettingDeclaration) =>
      choices === undefined ? [] : [[name, { enum: ['', ...choices] }] as const],
    );
    assert.deepEqual(properties.settings.properties, Object.fromEntries(words));
  });

  it('opens the ports that the server has by default', () => {
    const port = (name: string): string => String(defaultOf(name));
    for (const [name, setting] of [
      ['api', 'VOLTPILE_HTTP_PORT'],
      ['internal', 'VOLTPILE_INTERNAL_PORT'],
      ['ocpp', 'VOLTPILE_OCPP_PORT'],
      ['ocpps', 'VOLTPILE_OCPP_TLS_PORT'],
      ['ykc', 'VOLTPILE_YKC_PORT'],
      ['ykcs', 'VOLTPILE_YKC_TLS_PORT'],
    ] as const) {
      assert.match(everything, new RegExp(`name: ${name}, containerPort: ${port(setting)} `));
      assert.match(everything, new RegExp(`name: ${name}, port: ${port(setting)}, targetPort: ${name}[, ]`));
    }
  });

  it('is of the version of the product, and carries its dashboards and alerts', () => {
    const chart = parse(readText(...CHART, 'Chart.yaml')) as { version: string; appVersion: string };
    assert.deepEqual([chart.version, chart.appVersion], [rootManifest.version, rootManifest.version]);
    assert.deepEqual(readdirSync(join(ROOT, ...CHART, 'dashboards')), readdirSync(join(ROOT, 'deploy', 'grafana')));
    assert.equal(readText(...CHART, 'alerts.yml'), readText('deploy', 'prometheus', 'alerts.yml'));
  });
});
