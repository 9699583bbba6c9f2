import assert from 'node:assert/strict';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

const content = {
  currency: 'EUR',
  elements: [{ price_components: [{ type: 'ENERGY', price: '0.25', step_size: 1 }] }],
};
const halfHours = {
  currency: 'CNY',
  rates: { flat: { electricity: '0.7', service: '0.4' } },
  slots: '2'.repeat(48),
};

/** What is looked at of the answers. */
interface Body {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly form: string;
  readonly version: unknown;
  readonly items: readonly { readonly action: string }[];
  readonly warnings: readonly { readonly kind: string }[];
  readonly components: {
    readonly schemas: Record<string, { readonly anyOf?: readonly { title: string; required: string[] }[] }>;
  };
}

describe('kept tariffs', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startTestApi();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const ask = async (method: string, path: string, body?: unknown, token?: string) => {
    const {
      status,
      body: answer,
      headers,
    } = await api.call(method, `/api/v1${path}`, {
      ...(body === undefined ? {} : { body }),
      ...(token === undefined ? {} : { token }),
    });
    return { status, headers, text: JSON.stringify(answer), body: answer as Body };
  };
  const make = async (more: object = {}): Promise<string> =>
    (await ask('POST', '/tariffs', { name: 'Standard', currency: 'EUR', ...more })).body.id;
  const audited = async (): Promise<string[]> => {
    const { body } = await ask('GET', '/audit-log?objectType=tariff');
    return body.items.map(({ action }) => action);
  };

  it('are made, named anew, archived and listed', async () => {
    const { status, body, headers } = await ask('POST', '/tariffs', { name: 'Standard', tariff: content });
    assert.equal(status, 201);
    assert.equal(headers.get('Location'), `/api/v1/tariffs/${body.id}`);
    assert.equal((body.version as { version: number }).version, 1);
    assert.deepEqual((await ask('GET', `/tariffs/${body.id}`)).body.name, 'Standard');
    const changed = await ask('PATCH', `/tariffs/${body.id}`, {
      name: 'New',
      description: 'Two\nlines',
      archived: true,
    });
    assert.deepEqual([changed.status, changed.body.name, changed.body.description], [200, 'New', 'Two\nlines']);
    await ask('GET', '/tariffs?archived=true&limit=10');
    assert.deepEqual(api.ports.fakeTariffs.seen.tariffFilter, { organizationId: undefined, archived: true });
    assert.equal((await ask('GET', '/tariffs')).body.items.length, 1);
    assert.deepEqual(await audited(), ['tariff.update', 'tariff.create']);
    assert.equal((await ask('GET', '/tariffs/nonsense')).status, 404);
  });

  it('refuse what cannot be read, and say where it is wrong', async () => {
    const refused = async (body: object, what: RegExp) => {
      const answer = await ask('POST', '/tariffs', body);
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.text, what);
    };
    await refused({}, /"path":"name"/);
    await refused({ name: 'A', currency: 'ZZZ' }, /ISO 4217/);
    await refused({ name: 'A', description: 'x'.repeat(2001) }, /"path":"description"/);
    await refused(
      { name: 'A', currency: 'EUR', effectiveFrom: '2030-01-01T00:00:00Z' },
      /must be given with effectiveFrom/,
    );
    await refused({ name: 'A', tariff: content, effectiveFrom: 'soon' }, /effectiveFrom/);
    await refused({ name: 'A', tariff: { ...content, elements: [] } }, /"path":"tariff\.elements"/);
    await refused(
      { name: 'A', tariff: { ...halfHours, slots: '0'.repeat(48) } },
      /"path":"tariff\.rates\.sharp".*slots have a 0/,
    );
    await refused({ name: 'A', tariff: { ...halfHours, discount: 1 } }, /"path":"tariff\.discount".*no such field/);
    await refused({ name: 'A', price: 1 }, /no such field/);
    api.ports.fakeTariffs.problems = ['/elements/0 is odd'];
    await refused({ name: 'A', tariff: content }, /"path":"elements\.0","message":"is odd"/);
  });

  it('have versions that are published, shown and withdrawn', async () => {
    const id = await make();
    const publish = (body: object) => ask('POST', `/tariffs/${id}/versions`, body);
    const first = await publish({ tariff: content });
    assert.equal(first.status, 201);
    assert.equal(first.headers.get('Location'), `/api/v1/tariffs/${id}/versions/1`);
    assert.deepEqual(first.body.warnings[0]?.kind, 'unpaid');
    const second = await publish({ tariff: halfHours, effectiveFrom: '2026-06-01T00:00:00+02:00' });
    assert.deepEqual([second.body.form, second.body.version], ['half-hour', 2]);
    assert.equal((await ask('GET', `/tariffs/${id}/versions`)).body.items.length, 2);
    assert.equal((await ask('GET', `/tariffs/${id}/versions?limit=101`)).status, 400);
    assert.equal((await ask('GET', `/tariffs/${id}/versions/2`)).body.form, 'half-hour');
    const withdraw = (version: number | string) => ask('DELETE', `/tariffs/${id}/versions/${version}`);
    assert.equal((await withdraw(2)).status, 204);
    assert.equal((await withdraw(1)).status, 409);
    assert.equal((await withdraw(2)).status, 404);
    assert.equal((await withdraw('x')).status, 404);
    assert.deepEqual(await audited(), ['tariff.withdraw', 'tariff.publish', 'tariff.publish', 'tariff.create']);
  });

  it('are tried on a session by their id', async () => {
    const id = await make({ tariff: content });
    const start = '2026-03-01T10:00:00Z';
    const session = { time_zone: 'Europe/Berlin', start, periods: [{ start, energy_kwh: 20 }] };
    const preview = (body: object) => ask('POST', '/tariffs/preview', { session, ...body });
    assert.equal((await preview({ tariffId: id })).status, 200);
    assert.equal((await preview({ tariffId: id, version: 1 })).status, 200);
    assert.equal((await preview({ tariffId: id, version: 2 })).status, 404);
    assert.equal((await preview({ tariff: halfHours })).status, 200);
    for (const [bad, what] of [
      [{}, /must be given, or tariffId/],
      [{ tariff: content, tariffId: id }, /must not be given with tariff/],
      [{ tariff: content, version: 1 }, /must be given with tariffId only/],
    ] as const) {
      const { status, text } = await preview(bad);
      assert.equal(status, 400);
      assert.match(text, what);
    }
  });

  it('are for those who may see, write and publish them, where they may', async () => {
    const id = await make({ tariff: content });
    const monitoring = await api.loginAs({ role: 'monitoring' });
    for (const [method, path, body] of [
      ['GET', '/tariffs', undefined],
      ['POST', '/tariffs', { name: 'A', currency: 'EUR' }],
      ['PATCH', `/tariffs/${id}`, { name: 'A' }],
      ['POST', `/tariffs/${id}/versions`, { tariff: content }],
      ['DELETE', `/tariffs/${id}/versions/1`, undefined],
    ] as const) {
      assert.equal((await ask(method, path, body, monitoring)).status, 403);
    }
    const siteScope = { kind: 'sites', siteIds: [api.ports.siteId] };
    const narrow = await api.loginAs({ role: 'administrator', scope: siteScope });
    assert.deepEqual((await ask('GET', '/tariffs', undefined, narrow)).body.items, []);
    assert.equal((await ask('GET', `/tariffs/${id}`, undefined, narrow)).status, 404);
  });

  it('both forms are in the document', async () => {
    const { body } = await ask('GET', '/openapi.json');
    const { schemas } = body.components;
    assert.deepEqual(
      schemas.TariffContent?.anyOf?.map(({ title, required }) => [title, required]),
      [
        ['OCPI', ['currency', 'elements']],
        ['half-hour rates', ['currency', 'rates', 'slots']],
      ],
    );
  });
});
