import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROLES } from '@voltpile/platform/config/config';
import { createMetrics } from '@voltpile/platform/telemetry/metrics';
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

/** Every series that a process of a cluster can show, with its labels: of all roles, and of Node itself. */
async function shownMetrics(program: string): Promise<Map<string, ReadonlySet<string>>> {
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
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return shown;
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
  let shown: Map<string, ReadonlySet<string>>;

  before(async function () {
    shown = await shownMetrics(needsNatsServer(this));
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
