import type { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { DomainEvent, DomainEventType } from '@voltpile/csms/contract/events';
import type {
  CommandsPort,
  CommandView,
  OrganizationView,
  SitesPort,
  StationsPort,
  StationView,
} from '@voltpile/csms/contract/operator-ports';
import { type Clock, toIso } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';

const stationNotFound = defineError('station.not_found', 'NotFound', 'There is no station {stationId}.');
const organizationNotFound = defineError('organization.not_found', 'NotFound', 'There is no such organisation.');

type Scope = typeof EVERYTHING | { kind: 'organizations' | 'sites'; organizationIds?: Uuid[]; siteIds?: Uuid[] };

/** The stations' domain, as far as files need it: who is there, and which commands were given. */
export class FakeDomain {
  readonly organizationId = uuidv7();
  readonly siteId = uuidv7();
  readonly keys = new Map<string, Uuid>();
  /** What `get-log` and the like were given with. */
  readonly given: { readonly id: Uuid; readonly action: string; readonly payload: Record<string, unknown> }[] = [];
  readonly views = new Map<Uuid, CommandView>();
  capabilities: string[] = ['get-log', 'get-diagnostics', 'update-firmware', 'update-signed-firmware'];
  /** What becomes of the next command at once; pending when absent. */
  outcome: CommandView['status'] = 'pending';
  refusal: Error | undefined;
  /** Runs while a command is being given: what happens before its giver hears of it. */
  during: () => Promise<void> = async () => {};
  readonly #clock: Clock;
  #events = 0n;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly #organization = (): OrganizationView => ({
    id: this.organizationId,
    name: 'Default',
    countryCode: null,
    partyId: null,
    operatorId: null,
    masterPassGroupId: null,
    createdAt: toIso(this.#clock.now()),
  });

  readonly sites = {
    listOrganizations: async (scope: Scope) => ({
      items: this.#sees(scope) ? [this.#organization()] : [],
      nextCursor: null,
    }),
    getOrganization: async (scope: Scope, id: Uuid) => {
      if (id !== this.organizationId || !this.#sees(scope)) throw organizationNotFound();
      return this.#organization();
    },
  } as unknown as SitesPort;

  readonly stations = {
    get: async (scope: Scope, id: string) => {
      if (!this.keys.has(id) || !this.#sees(scope)) throw stationNotFound({ stationId: id });
      return {
        id,
        organizationId: this.organizationId,
        siteId: this.siteId,
        protocol: 'ocpp1.6',
        capabilities: this.capabilities,
      } as unknown as StationView;
    },
    keyOf: async (_scope: Scope, id: string) => this.keys.get(id) as Uuid,
  } as unknown as StationsPort;

  readonly commands = {
    submit: async (_scope, stationId, request) => {
      if (this.refusal !== undefined) throw this.refusal;
      const now = toIso(this.#clock.now());
      const view: CommandView = {
        id: uuidv7(),
        stationId,
        action: request.action,
        payload: null,
        status: this.outcome,
        response: null,
        requestedBy: request.requestedBy,
        createdAt: now,
        deadline: now,
        finishedAt: null,
      };
      this.given.push({ id: view.id, action: request.action, payload: request.payload as Record<string, unknown> });
      this.views.set(view.id, view);
      await this.during();
      return view;
    },
    get: async (_scope, id) => this.views.get(id) as CommandView,
    list: async () => ({ items: [], nextCursor: null }),
  } satisfies CommandsPort;

  addStation(id: string): void {
    this.keys.set(id, uuidv7());
  }

  /** The command that was given last. */
  get last(): { readonly id: Uuid; readonly action: string; readonly payload: Record<string, unknown> } {
    const last = this.given.at(-1);
    if (last === undefined) throw new Error('no command was given');
    return last;
  }

  /** Something that the domain tells. */
  event(type: DomainEventType, stationId: string, data: Record<string, unknown>): DomainEvent {
    this.#events += 1n;
    return {
      id: this.#events.toString(),
      type,
      recordedAt: this.#clock.now(),
      organizationId: this.organizationId,
      siteId: this.siteId,
      stationId,
      data: { receivedAt: toIso(this.#clock.now()), ...data },
    };
  }

  #sees(scope: Scope): boolean {
    if (scope.kind === 'everything') return true;
    if (scope.kind === 'organizations')
      return 'organizationIds' in scope && !!scope.organizationIds?.includes(this.organizationId);
    return 'siteIds' in scope && !!scope.siteIds?.includes(this.siteId);
  }
}
