import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROLES } from '@voltpile/platform/config/config';
import { type Counter, createMetrics } from '@voltpile/platform/telemetry/metrics';
import { needsNatsServer, startNats } from '@voltpile/platform/testing/nats-server';
import { createTestDatabase } from '@voltpile/platform/testing/test-database';
import { startVoltpile } from '@voltpile/server/start';
import { parse } from 'yaml';
import { ROOT, readText } from './testing/files.ts';

interface Query {
  readonly where: string;
  readonly text: string;
}

interface Panel {
  readonly title?: string;
  readonly targets?: readonly { readonly expr?: string }[];
  readonly panels?: readonly Panel[];
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

/** Added by Prometheus itself, by its configuration, or by what a query makes. */
const LABELS_OF_PROMETHEUS = ['job', 'instance', 'role', 'le'];
/** Prometheus' own. */
const OTHER_METRICS = ['up'];
const KEYWORDS = [
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'and',
  'or',
  'unless',
  'offset',
  'bool',
];

function panelsOf(panels: readonly Panel[]): Panel[] {
  return panels.flatMap((panel) => [panel, ...panelsOf(panel.panels ?? [])]);
}

const dashboards = readdirSync(join(ROOT, 'deploy', 'grafana'))
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({ name, dashboard: JSON.parse(readText('deploy', 'grafana', name)) as Dashboard }));

const alerts = (
  parse(readText('deploy', 'prometheus', 'alerts.yml')) as {
    groups: {
      name: string;
      rules: { alert: string; expr: string; labels: { severity: string }; annotations: Record<string, string> }[];
    }[];
  }
).groups.flatMap(({ rules }) => rules);

function queries(): Query[] {
  const found: Query[] = alerts.map(({ alert, expr }) => ({ where: `alert ${alert}`, text: expr }));
  for (const { name, dashboard } of dashboards) {
    for (const panel of panelsOf(dashboard.panels)) {
      for (const { expr = '' } of panel.targets ?? []) found.push({ where: `${name}: ${panel.title}`, text: expr });
    }
    for (const { name: variable, definition } of dashboard.templating.list) {
      if (definition !== undefined) found.push({ where: `${name}: variable ${variable}`, text: definition });
    }
  }
  return found;
}

/** Whose labels are known only when stations have said something: no alert is about the first of it. */
const NAMED_BY_STATIONS = ['voltpile_gateway_messages_total', 'voltpile_gateway_frame_problems_total'];

interface Shown {
  /** Every series that a process of a cluster can show, with its labels: of all roles, and of Node itself. */
  readonly names: Map<string, ReadonlySet<string>>;
  /** Counters with labels, as they are before anything has happened: what each of their labels says. */
  readonly counters: Map<string, Readonly<Record<string, unknown>>[]>;
}

async function shownMetrics(program: string): Promise<Shown> {
  await using database = await createTestDatabase();
  await using nats = await startNats(program);
  const folder = await mkdtemp(join(tmpdir(), 'voltpile-metrics-'));
  const common = {
    natsUrl: nats.url,
    databaseUrl: database.url,
    secret: 'a secret of this test, nobody else’s',
    httpPort: 0,
    ocppPort: 0,
    internalPort: 0,
    ykcPort: 'off' as const,
    stripeSecretKey: 'sk_test_12345678',
    stripeWebhookSecret: 'whsec_12345678',
  };
  const shown = new Map<string, ReadonlySet<string>>();
  const counters: Shown['counters'] = new Map();
  try {
    const behind = ROLES.filter((role) => role !== 'station-gateway');
    await using back = await startVoltpile({ config: { ...common, roles: behind, dataDir: join(folder, 'back') } });
    await using front = await startVoltpile({
      config: { ...common, roles: ['station-gateway'], dataDir: join(folder, 'front') },
    });
    for (const { registry } of [back.metrics, front.metrics, createMetrics({ process: true })]) {
      for (const metric of registry.getMetricsAsArray()) {
        const { name, type, labelNames } = metric as unknown as { name: string; type: string; labelNames: string[] };
        for (const suffix of type === 'histogram'
          ? ['_bucket', '_sum', '_count']
          : type === 'summary'
            ? ['', '_sum', '_count']
            : ['']) {
          shown.set(`${name}${suffix}`, new Set([...(shown.get(`${name}${suffix}`) ?? []), ...labelNames]));
        }
        if (type !== 'counter' || labelNames.length === 0) continue;
        const { values } = await (metric as unknown as Counter).get();
        counters.set(name, [...(counters.get(name) ?? []), ...values.map(({ labels }) => labels)]);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { names: shown, counters };
}

/** Names of series in a query: what has a selector or a range behind it, and what stands alone with one of our prefixes. */
function seriesIn(text: string): { readonly name: string; readonly selector: string }[] {
  const plain = text.replaceAll(/"[^"]*"/g, '""');
  const found = [...plain.matchAll(/\b([a-z_][a-z0-9_]*)\s*(?:\{([^}]*)\})?(?=\s*(\[|\{|[^a-z0-9_({[]|$))/gi)];
  return found
    .filter(([whole, name = '']) => whole.includes('{') || /^(voltpile|nodejs|process)_/.test(name))
    .filter(([, name = '']) => !KEYWORDS.includes(name))
    .map(([, name = '', selector = '']) => ({ name, selector }));
}

describe('dashboards and alerts', function () {
  this.timeout(60_000);
  let shown: Shown['names'];
  let counters: Shown['counters'];

  before(async function () {
    ({ names: shown, counters } = await shownMetrics(needsNatsServer(this)));
  });

  it('ask for series and labels that processes show', () => {
    const all = queries();
    assert.ok(all.length > 60, `${all.length} queries`);
    for (const { where, text } of all) {
      const series = seriesIn(text);
      if (!/^label_values\(\w+\)$/.test(text) && text !== 'prometheus')
        assert.ok(series.length > 0, `${where}: ${text}`);
      const labels = new Set(LABELS_OF_PROMETHEUS);
      for (const { name, selector } of series) {
        const own = OTHER_METRICS.includes(name) ? new Set<string>() : shown.get(name);
        assert.ok(own !== undefined, `${where}: nobody shows ${name}`);
        for (const label of own) labels.add(label);
        for (const [, label = ''] of selector.matchAll(/([a-z_]+)\s*(?:=|!)/gi)) {
          assert.ok(own.has(label) || LABELS_OF_PROMETHEUS.includes(label), `${where}: ${name} has no label ${label}`);
        }
      }
      for (const [, list = ''] of text.matchAll(/\b(?:by|on|without|ignoring)\s*\(([^)]*)\)/g)) {
        for (const label of list.split(',').map((one) => one.trim())) {
          assert.ok(label === '' || labels.has(label), `${where}: nothing has the label ${label}`);
        }
      }
    }
  });

  it('ask for counters that are there, at 0, before the first is counted', () => {
    const asked = queries().flatMap(({ where, text }) => seriesIn(text).map((series) => ({ where, text, ...series })));
    const checked = new Set<string>();
    for (const { where, text, name } of asked) {
      const series = counters.get(name);
      if (series === undefined || NAMED_BY_STATIONS.includes(name)) continue;
      assert.ok(series.length > 0, `${where}: ${name} is born with its first value`);
      // The values of labels stand in the query itself: `seriesIn` looks at a text without them.
      for (const [, selector = ''] of text.matchAll(new RegExp(`\\b${name}\\{([^}]*)\\}`, 'g'))) {
        for (const [, label = '', value] of selector.matchAll(/([a-z_]+)="([^"]*)"/g)) {
          if (LABELS_OF_PROMETHEUS.includes(label)) continue;
          assert.ok(
            series.some((labels) => labels[label] === value),
            `${where}: ${name}{${label}="${value}"} is born with its first value`,
          );
        }
      }
      checked.add(name);
    }
    assert.ok(checked.has('voltpile_gateway_disconnects_total') && checked.has('voltpile_port_failed_total'));
    assert.ok(checked.size >= 10, [...checked].join());
  });

  it('would notice a name that nobody shows', () => {
    const odd =
      'sum by (role) (rate(voltpile_gateway_mesages_total{job="voltpile", action!=""}[5m])) / up{role="csms"} > process_open_fds';
    assert.deepEqual(
      seriesIn(odd).map(({ name }) => name),
      ['voltpile_gateway_mesages_total', 'up', 'process_open_fds'],
    );
    assert.equal(shown.has('voltpile_gateway_mesages_total'), false);
    assert.ok(shown.get('voltpile_gateway_messages_total')?.has('action'));
  });
});

describe('alerts', () => {
  it('say how urgent they are, what is wrong and what to look at', () => {
    assert.ok(alerts.length > 15);
    assert.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length);
    for (const { alert, labels, annotations } of alerts) {
      assert.match(alert, /^Voltpile[A-Z]/);
      assert.ok(['page', 'ticket'].includes(labels.severity), alert);
      assert.ok((annotations.summary ?? '').length > 5 && (annotations.description ?? '').length > 10, alert);
    }
  });
});

describe('dashboards', () => {
  it('have names of their own, and links of one family', () => {
    assert.equal(new Set(dashboards.map(({ dashboard }) => dashboard.uid)).size, dashboards.length);
    for (const { name, dashboard } of dashboards) {
      assert.equal(dashboard.uid, `voltpile-${name.replace('.json', '')}`);
      const titles = panelsOf(dashboard.panels).map(({ title }) => title);
      assert.ok(
        titles.every((title) => title !== undefined && title !== ''),
        name,
      );
    }
  });
});
