import assert from 'node:assert/strict';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { LiveStationView } from '@voltpile/operations/contract/live';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

/** Every answer is checked against the OpenAPI document by the test API. */
describe('the live picture', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startTestApi();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  function station(more: Partial<LiveStationView> = {}): LiveStationView {
    const at = '2026-05-01T00:00:00.000Z';
    const told = {
      status: 'Occupied',
      statusDetail: 'Charging',
      errorCode: null,
      vendorErrorCode: null,
      info: null,
      statusAt: at,
    } as const;
    return {
      id: 'CP-1',
      organizationId: api.ports.organizationId,
      siteId: api.ports.siteId,
      registrationStatus: 'Accepted',
      online: true,
      state: 'charging',
      powerW: 11_000,
      evses: [{ evseId: 1, state: 'charging', connectors: [{ connectorId: 1, ...told }] }],
      whole: told,
      charges: [
        {
          transactionId: uuidv7(),
          evseId: 1,
          startedAt: at,
          chargingState: 'Charging',
          energyWh: 1200.5,
          powerW: 11_000,
          socPercent: null,
          meteredAt: at,
          isStale: false,
          cost: { amount: '0.60', currency: 'EUR' },
        },
      ],
      link: {
        protocol: 'ocpp2.0.1',
        connectedAt: at,
        disconnectedAt: null,
        disconnectReason: null,
        connectsLastHour: 1,
        connectsLastDay: 2,
      },
      vendor: 'V',
      model: 'M',
      firmwareVersion: '1',
      bootedAt: at,
      changedAt: at,
      ...more,
    };
  }

  it('shows stations within the scope of the caller', async () => {
    api.ports.fakeLive.rows.push(station(), station({ id: 'CP-2', organizationId: uuidv7(), siteId: uuidv7() }));
    const token = await api.loginAs({
      role: 'monitoring',
      scope: { kind: 'organizations', organizationIds: [api.ports.organizationId] },
    });
    const list = await api.call('GET', '/api/v1/live/stations?state=charging&search=cp', { token });
    assert.deepEqual(list.body, { items: [api.ports.fakeLive.rows[0]], nextCursor: null });
    assert.deepEqual(api.ports.fakeLive.seenFilter, { state: 'charging', search: 'cp' });
    assert.equal((await api.call('GET', '/api/v1/live/stations/CP-1', { token })).status, 200);
    assert.equal((await api.call('GET', '/api/v1/live/stations/CP-2', { token })).status, 404);
    const fleet = await api.call('GET', '/api/v1/live/fleet', { token });
    assert.equal((fleet.body as { stations: { total: number } }).stations.total, 1);
  });

  it('shows sites in figures', async () => {
    const { stations, evses, charges, powerW, today } = await api.ports.live.fleet({ kind: 'everything' });
    const site = {
      siteId: api.ports.siteId,
      name: 'Yard',
      timeZone: 'Asia/Shanghai',
      since: '2026-04-30T16:00:00.000Z',
    };
    api.ports.fakeLive.sites.push({ ...site, stations, evses, charges, powerW, today });
    const { body } = await api.call('GET', '/api/v1/live/sites');
    assert.deepEqual(body, { items: api.ports.fakeLive.sites, nextCursor: null });
  });

  it('refuses what is no question', async () => {
    for (const query of ['state=broken', 'siteId=here', 'search=', 'online=true', 'limit=0']) {
      assert.equal((await api.call('GET', `/api/v1/live/stations?${query}`)).status, 400, query);
    }
    assert.equal((await api.call('GET', '/api/v1/live/fleet', { token: null })).status, 401);
  });
});
