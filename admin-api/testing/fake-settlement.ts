import type { CdrsPort, CdrView } from '@voltpile/billing/contract/cdr';
import type { SettlementsPort, SettlementView } from '@voltpile/billing/contract/settlement';
import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';

const NOW = '2026-05-01T00:00:00.000Z';
const settlementNotFound = defineError('settlement.not_found', 'NotFound', 'No charge of this transaction has ended.');
const notReady = defineError('settlement.not_ready', 'FailedPrecondition', 'It cannot be decided about yet.');
const changed = defineError('settlement.changed', 'Conflict', 'It is another one by now.');
const cdrNotFound = defineError('cdr.not_found', 'NotFound', 'There is no such record.');

/** Settled charges in memory, for tests of the API: no rules, but scopes and errors as the contract promises them. */
export class FakeSettlement {
  readonly records: CdrView[] = [];
  readonly rows: SettlementView[] = [];
  /** What the ports were called with last. */
  readonly seen: { cdrFilter?: object; settlementFilter?: object; decision?: object; tariff?: object } = {};
  readonly cdrs: CdrsPort;
  readonly settlements: SettlementsPort;
  readonly #place: { readonly organizationId: Uuid; readonly siteId: Uuid };

  constructor(organizationId: Uuid, siteId: Uuid) {
    this.#place = { organizationId, siteId };
    const sees = (scope: AccessScope): boolean =>
      scope.kind === 'everything' ||
      (scope.kind === 'organizations'
        ? scope.organizationIds.includes(organizationId)
        : scope.siteIds.includes(siteId));
    const record = (scope: AccessScope, id: Uuid): CdrView => {
      const found = sees(scope) ? this.records.find((one) => one.id === id) : undefined;
      if (found === undefined) throw cdrNotFound();
      return found;
    };
    const settlement = (scope: AccessScope, transactionId: Uuid): SettlementView => {
      const found = sees(scope) ? this.rows.find((one) => one.transactionId === transactionId) : undefined;
      if (found === undefined) throw settlementNotFound();
      return found;
    };
    this.cdrs = {
      list: async (scope, filter) => {
        this.seen.cdrFilter = filter;
        return { items: sees(scope) ? this.records : [], nextCursor: null };
      },
      get: async (scope, id) => record(scope, id),
      whatIf: async (scope, id, tariff) => {
        this.seen.tariff = tariff;
        return { ...record(scope, id), inclVat: { amount: '1.00', currency: tariff.currency } };
      },
    };
    this.settlements = {
      list: async (scope, filter) => {
        this.seen.settlementFilter = filter;
        return { items: sees(scope) ? this.rows : [], nextCursor: null };
      },
      get: async (scope, id) => settlement(scope, id),
      decide: async (scope, id, decision, decidedBy) => {
        const row = settlement(scope, id);
        if (row.state === 'pending') throw notReady();
        if (decision.version !== row.version) throw changed();
        this.seen.decision = { ...decision, decidedBy };
        return { settlement: { ...row, state: 'settled' }, cdr: this.records[0] ?? null };
      },
    };
  }

  add(state: SettlementView['state']): { readonly cdr: CdrView; readonly settlement: SettlementView } {
    const transactionId = uuidv7();
    const eur = (amount: string) => ({ amount, currency: 'EUR' });
    const cdr: CdrView = {
      ...this.#place,
      id: uuidv7(),
      kind: 'charge',
      site: { name: 'Parkhaus am Markt', address: null },
      stationId: 'CP1',
      evseId: 1,
      transactionIds: [transactionId],
      accountId: null,
      idToken: 'CARD',
      timeZone: 'Europe/Berlin',
      startedAt: NOW,
      endedAt: NOW,
      energyWh: 10_000,
      currency: 'EUR',
      tariff: { id: uuidv7(), name: 'Standard', version: 1 },
      lines: [
        {
          dimension: 'ENERGY',
          quantity: '10',
          unit: 'kWh',
          price: '0.5',
          vatPercent: '19',
          exact: '5',
          amount: eur('5.00'),
          periods: [0],
        },
      ],
      vat: [{ percent: '19', net: eur('5.00'), vat: eur('0.95') }],
      exclVat: eur('5.00'),
      inclVat: eur('5.95'),
      electricityFee: null,
      serviceFee: null,
      periods: [{ startedAt: NOW, endedAt: NOW, energyWh: 10_000, activity: 'charging', interpolated: false }],
      creditsCdrId: null,
      creditedByCdrId: null,
      reason: null,
      stationBill: null,
      flags: [],
      createdAt: NOW,
    };
    const settlement: SettlementView = {
      ...this.#place,
      transactionId,
      stationId: 'CP1',
      state,
      reasons: state === 'held' ? ['energy-unknown'] : [],
      problem: null,
      cdrId: state === 'settled' ? cdr.id : null,
      decisions: [],
      version: 'v1',
      createdAt: NOW,
      updatedAt: NOW,
    };
    this.records.push(cdr);
    this.rows.push(settlement);
    return { cdr, settlement };
  }
}
