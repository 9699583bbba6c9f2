import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROLES } from '@voltpile/platform/config/config';
import { readSettings } from '@voltpile/server/settings/settings';
import { parseAllDocuments, stringify } from 'yaml';
import { ROOT } from '../testing/files.ts';
import { CHART_TOOLS, findHelm } from '../testing/find-helm.ts';

const run = promisify(execFile);
const CHART = join(ROOT, 'deploy', 'helm', 'voltpile');
const NAME = 'some-release-voltpile';

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
}

interface Kubernetes {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Record<string, string> };
  readonly data?: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: what it may hold is checked against the types of Kubernetes below
  readonly spec?: any;
}

/** What can be switched on, all of it. */
const ALL = {
  image: { repository: 'registry.example.com/voltpile', digest: `sha256:${'0a'.repeat(32)}` },
  imagePullSecrets: [{ name: 'pull' }],
  secrets: {
    administrator: { name: 'voltpile-administrator' },
    databases: { csms: { name: 'csms-database' }, billing: { name: 'billing-database', key: 'url' } },
  },
  settings: {
    VOLTPILE_PUBLIC_URL: 'https://cs.example.com',
    VOLTPILE_TRUSTED_PROXIES: '10.0.0.0/8',
    VOLTPILE_MAX_FILES_BYTES: '21474836480',
  },
  tls: { secretName: 'stations-tls', clientCaKey: 'ca.crt' },
  podDefaults: {
    annotations: { team: 'piles' },
    labels: { 'example.com/tier': 'prod' },
    nodeSelector: { 'kubernetes.io/arch': 'amd64' },
    tolerations: [{ key: 'piles', operator: 'Exists', effect: 'NoSchedule' }],
    affinity: { nodeAffinity: {} },
    priorityClassName: 'high',
  },
  roles: Object.fromEntries(
    ROLES.map((role) => [
      role,
      {
        autoscaling: {
          enabled: true,
          metrics: [
            {
              type: 'Pods',
              pods: {
                metric: { name: 'voltpile_gateway_connections' },
                target: { type: 'AverageValue', averageValue: '20k' },
              },
            },
          ],
        },
        extraEnv: [
          { name: 'VOLTPILE_STRIPE_SECRET_KEY', valueFrom: { secretKeyRef: { name: 'stripe', key: 'key' } } },
          { name: 'VOLTPILE_STRIPE_WEBHOOK_SECRET', valueFrom: { secretKeyRef: { name: 'stripe', key: 'webhook' } } },
        ],
        pod: { nodeSelector: { pool: role } },
      },
    ]),
  ),
  files: { persistence: { storageClassName: 'nfs' } },
  services: {
    ocpp: {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      loadBalancerSourceRanges: ['10.0.0.0/8'],
      annotations: { a: 'b' },
    },
    ykc: { type: 'LoadBalancer' },
    api: { annotations: { a: 'b' } },
  },
  ingress: {
    api: { enabled: true, className: 'nginx', tlsSecretName: 'cs-tls', annotations: { a: 'b' } },
    ocpp: { enabled: true, className: 'nginx', tlsSecretName: 'ocpp-tls' },
  },
  serviceAccount: { annotations: { a: 'b' } },
  networkPolicy: {
    enabled: true,
    stationsFrom: [{ ipBlock: { cidr: '10.0.0.0/8' } }],
    apiFrom: [{ namespaceSelector: {} }],
    monitoringFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
    egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }],
  },
  monitoring: {
    serviceMonitor: { enabled: true, labels: { a: 'b' } },
    alerts: { enabled: true },
    dashboards: { enabled: true },
  },
};

const SECRET_VALUES: Readonly<Record<string, string>> = {
  DATABASE_URL: 'postgresql://voltpile:x@postgres:5432/voltpile',
  VOLTPILE_CSMS_DATABASE_URL: 'postgresql://csms:x@postgres:5432/csms',
  VOLTPILE_BILLING_DATABASE_URL: 'postgresql://billing:x@postgres:5432/billing',
  NATS_URL: 'nats://voltpile:x@nats:4222',
  VOLTPILE_SECRET: '0123456789abcdef0123456789abcdef',
  VOLTPILE_ADMIN_EMAIL: 'me@example.com',
  VOLTPILE_ADMIN_PASSWORD: 'eight or more',
  VOLTPILE_STRIPE_SECRET_KEY: 'sk_test_12345678',
  VOLTPILE_STRIPE_WEBHOOK_SECRET: 'whsec_12345678',
};

describe('the chart as Helm renders it', function () {
  this.timeout(60_000);
  let helm: string;
  let folder: string;
  let plain: Kubernetes[];
  let full: Kubernetes[];

  before(async function () {
    const found = findHelm();
    if (found === undefined) {
      // Where it is installed on purpose it must be there.
      assert.ok(process.env.CI === undefined || existsSync(CHART_TOOLS) === false, 'Helm cannot be unpacked');
      process.stderr.write('SKIPPED: there is no helm on the PATH (npm run chart:tools brings it for Linux)\n');
      this.skip();
    }
    helm = found;
    folder = await mkdtemp(join(tmpdir(), 'voltpile-chart-'));
    plain = await render({});
    full = await render(ALL);
  });
  after(() => rm(folder ?? '', { recursive: true, force: true }));

  async function withValues<T>(values: object, use: (file: string) => Promise<T>): Promise<T> {
    const file = join(folder, 'values.yaml');
    await writeFile(file, stringify(values));
    return use(file);
  }

  function render(values: object): Promise<Kubernetes[]> {
    return withValues(values, async (file) => {
      const { stdout } = await run(helm, ['template', 'some-release', CHART, '--values', file]);
      return parseAllDocuments(stdout).flatMap((document) => {
        assert.deepEqual(document.errors, []);
        return document.toJS() === null ? [] : [document.toJS() as Kubernetes];
      });
    });
  }

  const named = (all: readonly Kubernetes[], kind: string, name: string): Kubernetes => {
    const found = all.find((one) => one.kind === kind && one.metadata.name === name);
    assert.ok(found !== undefined, `${kind} ${name}`);
    return found;
  };

  it('has nothing that Helm complains of', async () => {
    for (const values of [{}, ALL]) {
      await withValues(values, (file) => run(helm, ['lint', '--strict', CHART, '--values', file]));
    }
  });

  it('is what Kubernetes takes, to the last field', async function () {
    if (!existsSync(join(CHART_TOOLS, 'kubernetes-models'))) this.skip();
    await symlink(CHART_TOOLS, join(folder, 'node_modules'));
    assert.deepEqual(await typeErrors([...plain, ...full]), []);
    const [misspelt] = JSON.parse(
      JSON.stringify(plain).replaceAll('readOnlyRootFilesystem', 'readonlyRootFilesystem'),
    ).filter(({ kind }: Kubernetes) => kind === 'Deployment');
    assert.match((await typeErrors([misspelt])).join('\n'), /readonlyRootFilesystem/);
  });

  /** Written down as literals of the types that are made from Kubernetes' OpenAPI: unknown fields are errors, too. */
  async function typeErrors(objects: readonly Kubernetes[]): Promise<string[]> {
    const lines = objects.flatMap(({ apiVersion, kind }, index) => {
      const from = apiVersion.startsWith('monitoring.')
        ? '@kubernetes-models/prometheus-operator'
        : 'kubernetes-models';
      return [
        `import type { I${kind} as T${index} } from '${from}/${apiVersion}/${kind}';`,
        `export const o${index}: T${index} = ${JSON.stringify(objects[index])};`,
      ];
    });
    await writeFile(join(folder, 'rendered.ts'), lines.join('\n'));
    const tsc = join(ROOT, 'node_modules', 'typescript7', 'bin', 'tsc');
    const options = [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--ignoreConfig',
      '--types',
      '',
      '--module',
      'nodenext',
      '--target',
      'esnext',
    ];
    const ended = await run(process.execPath, [tsc, ...options, 'rendered.ts'], { cwd: folder }).catch(
      (error: { stdout: string }) => error,
    );
    return ended.stdout.split('\n').filter((line) => line.includes('error TS'));
  }

  it('gives each process settings that the server takes', () => {
    for (const all of [plain, full]) {
      const settings = named(all, 'ConfigMap', `${NAME}-settings`).data ?? {};
      for (const role of ROLES) {
        const [container] = named(all, 'Deployment', `${NAME}-${role}`).spec.template.spec.containers;
        const own = (container.env as Variable[]).map(({ name, value, valueFrom }) => [
          name,
          value ?? (valueFrom?.secretKeyRef === undefined ? '10.0.0.5' : SECRET_VALUES[name]),
        ]);
        const environment = Object.fromEntries(own) as Record<string, string>;
        assert.equal(own.length, Object.keys(environment).length, 'nothing is said twice');
        assert.deepEqual(
          Object.keys(environment).filter((name) => name in settings),
          [],
        );
        environment.VOLTPILE_INTERNAL_URL = environment.VOLTPILE_INTERNAL_URL?.replace('$(POD_IP)', '10.0.0.5') ?? '';
        const config = readSettings({ ...settings, ...environment }).all;
        assert.deepEqual(config.roles, [role]);
        assert.equal(config.internalUrl, 'http://10.0.0.5:8090');
        const keeps = role !== 'station-gateway';
        assert.deepEqual([config.databaseUrl !== null, config.secret !== null], [keeps, keeps]);
      }
    }
  });

  it('lets nobody write, be root or become it', () => {
    for (const role of ROLES) {
      const { spec } = named(plain, 'Deployment', `${NAME}-${role}`).spec.template;
      assert.equal(spec.automountServiceAccountToken, false);
      assert.deepEqual([spec.securityContext.runAsNonRoot, spec.securityContext.runAsUser], [true, 1000]);
      assert.deepEqual(spec.containers[0].securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it('gives gateways the time to drain, and the others what a stop takes', () => {
    for (const role of ROLES) {
      const { terminationGracePeriodSeconds: grace, containers } = named(plain, 'Deployment', `${NAME}-${role}`).spec
        .template.spec;
      const drain = (containers[0].env as Variable[]).find(({ name }) => name === 'VOLTPILE_DRAIN_SECONDS')?.value;
      assert.equal(drain, role === 'station-gateway' ? '120' : undefined);
      const [, preStop] = containers[0].lifecycle.preStop.exec.command as string[];
      assert.ok(grace >= Number(preStop) + Number(drain ?? 0) + 25, `${role} has ${grace} s`);
    }
  });

  it('selects by labels that pods have, and ports that containers have', () => {
    const pods = full.filter(({ kind }) => kind === 'Deployment').map(({ spec }) => spec.template);
    const matching = (selector: Record<string, string>) =>
      pods.filter(({ metadata }) => Object.entries(selector).every(([key, value]) => metadata.labels[key] === value));
    for (const { kind, metadata, spec } of full) {
      const selector =
        kind === 'Service' ? spec.selector : (spec?.selector?.matchLabels ?? spec?.podSelector?.matchLabels);
      if (selector === undefined || kind === 'ServiceMonitor') continue;
      const chosen = matching(selector);
      assert.equal(chosen.length, metadata.name.endsWith('-internal') ? 5 : 1, `${kind} ${metadata.name}`);
      const ports = chosen.flatMap((pod) => pod.spec.containers[0].ports.map(({ name }: { name: string }) => name));
      const wanted: string[] =
        kind === 'Service'
          ? spec.ports.map(({ targetPort }: { targetPort: string }) => targetPort)
          : kind === 'NetworkPolicy'
            ? spec.ingress.flatMap((rule: { ports: { port: string }[] }) => rule.ports.map(({ port }) => port))
            : [];
      for (const port of wanted) assert.ok(ports.includes(port), `${kind} ${metadata.name} wants ${port}`);
    }
    const monitor = full.find(({ kind }) => kind === 'ServiceMonitor');
    const monitored = full.filter(
      ({ kind, metadata }) =>
        kind === 'Service' &&
        Object.entries(monitor?.spec.selector.matchLabels ?? {}).every(
          ([key, value]) => metadata.labels[key] === value,
        ),
    );
    assert.deepEqual(
      monitored.map(({ metadata }) => metadata.name),
      [`${NAME}-internal`],
    );
    for (const { spec } of full.filter(({ kind }) => kind === 'Ingress')) {
      for (const { backend } of spec.rules[0].http.paths) {
        const service = named(full, 'Service', backend.service.name);
        assert.ok(service.spec.ports.some(({ name }: { name: string }) => name === backend.service.port.name));
      }
    }
  });

  it('leads in from outside what clients need, and neither health nor figures', () => {
    const paths = full.filter(({ kind }) => kind === 'Ingress').flatMap(({ spec }) => spec.rules[0].http.paths);
    assert.deepEqual(paths.map(({ path }: { path: string }) => path).toSorted(), [
      '/api',
      '/files',
      '/ocpp',
      '/webhooks',
    ]);
  });

  it('runs the image that is named, by digest or tag, or one of a role’s own', async () => {
    const own = await render({ image: { tag: '1.0.0' }, roles: { csms: { pod: { imageTag: '1.1.0' } } } });
    const imageOf = (all: readonly Kubernetes[], role: string): string =>
      named(all, 'Deployment', `${NAME}-${role}`).spec.template.spec.containers[0].image;
    assert.deepEqual([imageOf(own, 'csms'), imageOf(own, 'billing')], ['voltpile:1.1.0', 'voltpile:1.0.0']);
    assert.equal(imageOf(full, 'csms'), `registry.example.com/voltpile@${ALL.image.digest}`);
  });

  it('leaves the number of pods to the autoscaler where there is one', () => {
    for (const role of ROLES) {
      assert.equal(named(plain, 'Deployment', `${NAME}-${role}`).spec.replicas, 2);
      assert.equal(named(full, 'Deployment', `${NAME}-${role}`).spec.replicas, undefined);
      assert.equal(named(full, 'HorizontalPodAutoscaler', `${NAME}-${role}`).spec.minReplicas, 2);
      assert.equal(named(plain, 'PodDisruptionBudget', `${NAME}-${role}`).spec.maxUnavailable, 1);
    }
  });

  it('gives a service the database of its own that is named, and no other one', () => {
    const given = ROLES.flatMap((role) =>
      (named(full, 'Deployment', `${NAME}-${role}`).spec.template.spec.containers[0].env as Variable[])
        .filter(({ name }) => name.endsWith('_DATABASE_URL'))
        .map(({ name, valueFrom }) => [role, name, valueFrom?.secretKeyRef?.name, valueFrom?.secretKeyRef?.key]),
    );
    assert.deepEqual(given, [
      ['csms', 'VOLTPILE_CSMS_DATABASE_URL', 'csms-database', 'VOLTPILE_CSMS_DATABASE_URL'],
      ['billing', 'VOLTPILE_BILLING_DATABASE_URL', 'billing-database', 'url'],
    ]);
  });

  it('refuses values that do not go together', async () => {
    const wrong: [object, RegExp][] = [
      [{ tls: { clientCaKey: 'ca.crt' } }, /tls\.clientCaKey is a key in the Secret that tls\.secretName names/],
      [
        { roles: { csms: { autoscaling: { enabled: true, minReplicas: 5, maxReplicas: 2 } } } },
        /roles\.csms\.autoscaling: minReplicas is above maxReplicas/,
      ],
      [{ services: { ocpp: { externalTrafficPolicy: 'Local' } } }, /services\.ocpp\.externalTrafficPolicy/],
      [{ services: { ykc: { loadBalancerSourceRanges: ['10.0.0.0/8'] } } }, /services\.ykc\.loadBalancerSourceRanges/],
      // Helm judges by the schema as the tests do.
      [{ nameOverride: 'Foo_Bar' }, /nameOverride/],
      [{ settings: { VOLTPILE_LOG_LEVEL: 'loud' } }, /VOLTPILE_LOG_LEVEL/],
      [{ roles: { csms: { extraEnv: [{ name: 'VOLTPILE_OCPP_PORT', value: '1' }] } } }, /extraEnv/],
    ];
    for (const [values, message] of wrong) await assert.rejects(render(values), message);
  });

  it('refuses several processes of operations with a folder each', async () => {
    const alone = { files: { persistence: { enabled: false } } };
    await assert.rejects(render(alone), /several processes need files\.persistence/);
    const one = await render({ ...alone, roles: { operations: { replicas: 1 } } });
    assert.equal(
      one.some(({ kind }) => kind === 'PersistentVolumeClaim'),
      false,
    );
  });

  it('reaches pods by IPv6, closes the door for 云快充, and stops before it starts, where that is wanted', async () => {
    const all = await render({
      host: '::',
      podDefaults: { strategy: 'Recreate' },
      services: { ykc: { enabled: false } },
    });
    const { strategy, template } = named(all, 'Deployment', `${NAME}-station-gateway`).spec;
    assert.deepEqual(strategy, { type: 'Recreate' });
    const [container] = template.spec.containers;
    const value = (wanted: string) => (container.env as Variable[]).find(({ name }) => name === wanted)?.value;
    assert.equal(value('VOLTPILE_INTERNAL_URL'), 'http://[$(POD_IP)]:8090');
    assert.equal(value('VOLTPILE_YKC_PORT'), 'off');
    assert.equal(
      all.some(({ metadata }) => metadata.name === `${NAME}-ykc`),
      false,
    );
  });
});
