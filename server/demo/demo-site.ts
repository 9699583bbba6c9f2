import type { IdTokenInput, SiteInput } from '@voltpile/csms/contract/operator-ports';
import type { ModelFacts } from '@voltpile/simulators/station/station-options';
import {
  appCharges,
  type ConnectorScenario,
  fastVisits,
  longStays,
  offlineSpells,
  visitsWithFaults,
} from './demo-scenarios.ts';

/** A station of the demo: what the operator knows of it, what the simulator needs, and what goes on there. */
export interface DemoStation {
  readonly id: string;
  readonly protocol: 'ocpp1.6' | 'ykc';
  /** Cards of each connector, shown there and nowhere else. */
  readonly idTags: readonly (readonly string[])[];
  /** Of each connector. */
  readonly maxPowerW: number;
  readonly model: Pick<ModelFacts, 'vendor' | 'model' | 'firmwareVersion'>;
  readonly scenario: ConnectorScenario;
  /** The cars here are started, and sometimes stopped, from afar. */
  readonly fromAfar: boolean;
}

export const DEMO_SITE: Partial<SiteInput> & { readonly name: string } = {
  name: 'Harbour Charging Park (demo)',
  timeZone: 'Europe/Berlin',
  currency: 'EUR',
  address: { street: 'Am Kaiserkai 10', city: 'Hamburg', postalCode: '20457', country: 'DEU' },
  coordinates: { latitude: '53.5413', longitude: '9.9841' },
};

/** A card that was reported lost. Somebody tries it now and then. */
export const BLOCKED_CARD = 'DEMO-CARD-LOST';
const APP_ID_TOKEN = 'DEMO-APP-DRIVER';
const CARDS_PER_CONNECTOR = 5;

const PILE = { vendor: 'Simulated', model: 'Simulated DC 120', firmwareVersion: 'V4.1.5' };
const FAST = { vendor: 'Simulated', model: 'Simulated DC 150', firmwareVersion: '2.4.1' };
const SLOW = { vendor: 'Simulated', model: 'Simulated AC 22', firmwareVersion: '1.9.0' };

export const DEMO_STATIONS: readonly DemoStation[] = [
  {
    id: 'DEMO-DC-1',
    protocol: 'ocpp1.6',
    idTags: cards(1, 2),
    maxPowerW: 150_000,
    model: FAST,
    scenario: fastVisits,
    fromAfar: false,
  },
  {
    id: 'DEMO-DC-2',
    protocol: 'ocpp1.6',
    idTags: cards(3, 4),
    maxPowerW: 150_000,
    model: FAST,
    scenario: visitsWithFaults(BLOCKED_CARD),
    fromAfar: false,
  },
  {
    id: 'DEMO-DC-3',
    protocol: 'ocpp1.6',
    idTags: cards(5),
    maxPowerW: 50_000,
    model: FAST,
    scenario: offlineSpells,
    fromAfar: false,
  },
  {
    id: 'DEMO-AC-1',
    protocol: 'ocpp1.6',
    idTags: cards(6, 7),
    maxPowerW: 22_000,
    model: SLOW,
    scenario: longStays,
    fromAfar: false,
  },
  {
    id: 'DEMO-AC-2',
    protocol: 'ocpp1.6',
    idTags: cards(8, 9),
    maxPowerW: 22_000,
    model: SLOW,
    scenario: longStays,
    fromAfar: false,
  },
  {
    id: 'DEMO-AC-3',
    protocol: 'ocpp1.6',
    idTags: [[APP_ID_TOKEN]],
    maxPowerW: 22_000,
    model: SLOW,
    scenario: appCharges,
    fromAfar: true,
  },
  {
    id: '32010600019236',
    protocol: 'ykc',
    idTags: cardNumbers(1, 2),
    maxPowerW: 120_000,
    model: PILE,
    scenario: fastVisits,
    fromAfar: false,
  },
];

export const DEMO_ID_TOKENS: readonly IdTokenInput[] = [
  ...DEMO_STATIONS.filter(({ fromAfar }) => !fromAfar)
    .flatMap(({ idTags }) => idTags.flat())
    .map((idToken): IdTokenInput => ({ idToken, type: 'ISO14443', status: 'Accepted' })),
  { idToken: APP_ID_TOKEN, type: 'Central', status: 'Accepted' },
  { idToken: BLOCKED_CARD, type: 'ISO14443', status: 'Blocked' },
];

/** The same for piles that read a card's eight bytes, and no names. */
function cardNumbers(...groups: readonly number[]): string[][] {
  return cards(...groups).map((ofGroup, group) => ofGroup.map((_, index) => `DE30CA${groups[group]}${index + 1}`));
}

/** A list of card numbers for each of these drivers' groups. */
function cards(...groups: readonly number[]): string[][] {
  return groups.map((group) =>
    Array.from(
      { length: CARDS_PER_CONNECTOR },
      (_, index) => `DEMO-CARD-${group}${String(index + 1).padStart(2, '0')}`,
    ),
  );
}
