import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { FundsRequest } from '@voltpile/csms/contract/funds-port';
import type { OrganizationView, SitesPort } from '@voltpile/csms/contract/operator-ports';
import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import type { FundsSettings } from '../accounts/funds.ts';
import type { OpenCharges } from '../accounts/release-stale-holds.ts';
import { type Accounts, createAccounts } from '../accounts/service.ts';
import type { LedgerFinding } from '../contract/ledger.ts';
import { LEDGER_CHECKS } from '../ledger/ledger-checks.ts';
import { proveLedger } from '../ledger/prove.ts';
import type { ChargeTariff } from '../settlement/charge-record.ts';
import type { TariffQuestion } from '../tariff/choose-assignment.ts';
import { createLedgerBench, type LedgerBench } from './ledger-bench.ts';

/** The ledger's bench with accounts, and one organisation more. */
export interface AccountsBench extends LedgerBench {
  readonly service: Accounts;
  readonly otherOrganizationId: Uuid;
  /** What charges are priced by. */
  tariff: ChargeTariff | null;
  /** What was asked about it. */
  readonly questions: readonly TariffQuestion[];
  /** Asks for funds, for a new intent unless told otherwise. */
  request(accountRef: string | null, more?: Partial<FundsRequest>): FundsRequest;
  /** What all checks find. */
  findings(): Promise<readonly LedgerFinding[]>;
}

const noOrganization = defineError('organization.not_found', 'NotFound', 'There is none.');

export async function createAccountsBench(
  options: { readonly funds?: FundsSettings; readonly openCharges?: OpenCharges } = {},
): Promise<AccountsBench> {
  const bench = Object.assign(await createLedgerBench(), {
    tariff: null as ChargeTariff | null,
    questions: [] as TariffQuestion[],
  });
  const { test, clock, ledger, organizationId } = bench;
  const otherOrganizationId = uuidv7();
  const { database, knex } = test;
  const service = createAccounts({
    database,
    clock,
    logger: createLogger({ level: 'silent', format: 'json' }),
    ledger,
    ports: { sites: sitesOf([organizationId, otherOrganizationId]) },
    tariffs: {
      tariffsFor: async (questions) => {
        bench.questions.push(...questions);
        return questions.map(() => bench.tariff);
      },
    },
    ...options,
  });
  return Object.assign(bench, {
    service,
    otherOrganizationId,
    request: (accountRef: string | null, more: Partial<FundsRequest> = {}): FundsRequest => ({
      intentId: uuidv7(),
      organizationId,
      siteId: uuidv7(),
      stationId: 'CP-1',
      evseId: null,
      accountRef,
      channel: 'card',
      ...more,
    }),
    findings: async () => (await proveLedger(knex, [...LEDGER_CHECKS, ...service.checks], clock)).findings,
  });
}

function sitesOf(ids: readonly Uuid[]): Pick<SitesPort, 'getOrganization' | 'listOrganizations'> {
  const seen = (scope: AccessScope): OrganizationView[] =>
    ids
      .filter(
        (id) => scope.kind === 'everything' || (scope.kind === 'organizations' && scope.organizationIds.includes(id)),
      )
      .map((id) => ({
        id,
        name: 'Test',
        countryCode: null,
        partyId: null,
        operatorId: null,
        masterPassGroupId: null,
        createdAt: '2026-05-01T00:00:00.000Z',
      }));
  return {
    async getOrganization(scope, id) {
      const found = seen(scope).find((each) => each.id === id);
      if (found === undefined) throw noOrganization();
      return found;
    },
    listOrganizations: async (scope, { limit }) => ({ items: seen(scope).slice(0, limit), nextCursor: null }),
  };
}
