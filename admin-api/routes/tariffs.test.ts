import assert from 'node:assert/strict';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

describe('tariffs', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startTestApi();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const tariff = {
    currency: 'EUR',
    elements: [{ price_components: [{ type: 'ENERGY', price: '0.25', step_size: 1 }] }],
  };
  const session = {
    time_zone: 'Europe/Berlin',
    start: '2026-03-01T10:00:00Z',
    periods: [{ start: '2026-03-01T10:00:00Z', energy_kwh: 20 }],
  };
  const preview = (body: object, more: object = {}) => api.call('POST', '/api/v1/tariffs/preview', { body, ...more });

  it('preview: answers with the price, and leaves no trace', async () => {
    const { status, body } = await preview({ tariff, session });
    assert.equal(status, 200);
    assert.deepEqual((body as { currency: string; lines: object[] }).currency, 'EUR');
  });

  it('preview: says what is wrong with a tariff or a session', async () => {
    const elements = [{ price_components: [{ type: 'ENERGY', price: 'cheap', step_size: 1 }] }];
    const { status, body } = await preview({ tariff: { ...tariff, elements }, session });
    assert.equal(status, 400);
    assert.match(JSON.stringify(body), /tariff.*elements.*price/);
    assert.equal((await preview({ tariff })).status, 400);
    for (const time_zone of ['Mars', '+02:00']) {
      assert.equal((await preview({ tariff, session: { ...session, time_zone } })).status, 400, time_zone);
    }
  });

  it('preview: is bounded, and refuses what can never hold', async () => {
    const refused = async (more: object, field: RegExp) => {
      const { status, body } = await preview({ tariff: { ...tariff, ...more }, session });
      assert.equal(status, 400);
      assert.match(JSON.stringify(body), field);
    };
    await refused({ elements: Array(201).fill(tariff.elements[0]) }, /tariff\.elements/);
    await refused({ currency: 'ZZZ' }, /ISO 4217/);
    const never = { ...tariff.elements[0], restrictions: { min_kwh: 5, max_kwh: 5 } };
    await refused({ elements: [never] }, /tariff\.elements\.0\.restrictions\.min_kwh.*must be less than/);
    await refused({ discount: 5 }, /There is no such field/);
    const periods = Array(5001).fill(session.periods[0]);
    assert.equal((await preview({ tariff, session: { ...session, periods } })).status, 400);
    const long = { ...tariff, tariff_alt_text: [{ language: 'en', text: 'x'.repeat(1_048_576) }] };
    assert.equal((await preview({ tariff: long, session })).status, 413);
  });

  it('preview: is for roles that may see tariffs', async () => {
    const token = await api.loginAs({ role: 'monitoring' });
    assert.equal((await preview({ tariff, session }, { token })).status, 403);
  });

  it('validate: answers with what was found, also where it is no tariff', async () => {
    const validate = (body: object, more: object = {}) =>
      api.call('POST', '/api/v1/tariffs/validate', { body, ...more });
    const found = async (given: object) => {
      const { status, body } = await validate({ tariff: given });
      assert.equal(status, 200);
      return (body as { findings: { kind: string; element?: number }[] }).findings;
    };
    assert.deepEqual(await found(tariff), []);
    const [mistake] = await found({ ...tariff, elements: [{}] });
    assert.deepEqual([mistake?.kind, mistake?.element], ['malformed', 0]);
    assert.equal((await validate({})).status, 400);
    assert.equal((await validate({ tariff: 'free' })).status, 400);
    assert.equal((await validate({ tariff, session })).status, 400);
    const token = await api.loginAs({ role: 'monitoring' });
    assert.equal((await validate({ tariff }, { token })).status, 403);
  });

  it('preview: needs a token', async () => {
    const response = await fetch(`${api.url}/api/v1/tariffs/preview`, { method: 'POST', body: '{}' });
    assert.equal(response.status, 401);
  });
});
