import type { Amount, Scenario, Step } from '@voltpile/simulators/scenario/scenario';

/**
 * What goes on at the demo's stations. Time is real, so that every timestamp is; what is brisk is the traffic: cars take a top-up of a
 * few minutes and the next one is soon there.
 */

const FAMILY_CAR = { batteryWh: 77_000, socPercent: 22, maxPowerW: 135_000 } as const;
const SMALL_CAR = { batteryWh: 52_000, socPercent: 31, maxPowerW: 85_000 } as const;
const VAN = { batteryWh: 105_000, socPercent: 40, maxPowerW: 115_000 } as const;
const COMMUTER = { batteryWh: 60_000, socPercent: 48, maxPowerW: 11_000 } as const;
const COMPANY_CAR = { batteryWh: 83_000, socPercent: 35, maxPowerW: 22_000 } as const;

type Car = typeof FAMILY_CAR | typeof SMALL_CAR | typeof VAN | typeof COMMUTER | typeof COMPANY_CAR;

/** What goes on at one connector. Each has cards of its own: a card that charges at one place is refused at another. */
export type ConnectorScenario = (connector: number) => Scenario;

/** A car comes, its driver shows a card, charges, shows it again, and leaves. */
function visit(
  connector: number,
  vehicle: Car,
  charge: { readonly energyWh?: Amount; readonly seconds: Amount },
): Step[] {
  return [
    { do: 'next-card' },
    { do: 'plug-in', connector, vehicle },
    { do: 'wait', seconds: { min: 2, max: 8 } },
    { do: 'card', connector },
    { do: 'charge', connector, ...charge },
    { do: 'card', connector, when: 'charging' },
    { do: 'wait', seconds: { min: 5, max: 25 } },
    { do: 'unplug', connector },
    { do: 'wait', seconds: { min: 10, max: 60 } },
  ];
}

function forEver(name: string, description: string, patience: Amount, steps: readonly Step[]): Scenario {
  const day: Step[] = [
    { do: 'wait', seconds: patience },
    { do: 'repeat', steps },
  ];
  return { name, description, steps: [{ do: 'boot' }, ...day] };
}

const TOP_UP = { energyWh: { min: 4_000, max: 14_000 }, seconds: 600 } as const;
const STAY = { seconds: { min: 600, max: 2_400 } } as const;

export const fastVisits: ConnectorScenario = (connector) =>
  forEver('demo-fast', 'Cars of all sizes top up.', { min: 0, max: 3 }, [
    ...visit(connector, FAMILY_CAR, TOP_UP),
    ...visit(connector, VAN, TOP_UP),
    ...visit(connector, SMALL_CAR, TOP_UP),
  ]);

export const longStays: ConnectorScenario = (connector) =>
  forEver('demo-long', 'Cars park for a while.', { min: 0, max: 45 }, [
    ...visit(connector, COMMUTER, STAY),
    ...visit(connector, COMPANY_CAR, STAY),
  ]);

/** Top-ups; after some of them a connector breaks in mid-charge and is repaired, and somebody tries a blocked card. */
export function visitsWithFaults(blockedCard: string): ConnectorScenario {
  return (connector) =>
    forEver('demo-faults', 'Now and then something breaks.', { min: 0, max: 15 }, [
      ...visit(connector, SMALL_CAR, TOP_UP),
      { do: 'next-card' },
      { do: 'plug-in', connector, vehicle: FAMILY_CAR },
      { do: 'wait', seconds: 3 },
      { do: 'card', connector, idTag: blockedCard },
      { do: 'wait', seconds: { min: 4, max: 8 } },
      { do: 'card', connector },
      { do: 'charge', connector, seconds: { min: 40, max: 90 } },
      { do: 'fault', connector, errorCode: 'HighTemperature', info: 'The cable is too hot' },
      { do: 'wait', seconds: { min: 5, max: 20 } },
      { do: 'unplug', connector },
      { do: 'wait', seconds: { min: 40, max: 90 } },
      { do: 'clear-fault', connector },
      { do: 'wait', seconds: { min: 10, max: 40 } },
      ...visit(connector, VAN, TOP_UP),
    ]);
}

/**
 * The network goes in mid-charge; the charge ends before it is back, and everything is told late. One connector only: the network is the
 * whole station's.
 */
export const offlineSpells: ConnectorScenario = (connector) =>
  forEver(
    'demo-offline',
    'Loses its network in mid-charge, and tells what has happened when it is back.',
    { min: 0, max: 10 },
    [
      ...visit(connector, SMALL_CAR, { seconds: { min: 90, max: 150 } }),
      { do: 'next-card' },
      { do: 'plug-in', connector, vehicle: SMALL_CAR },
      { do: 'wait', seconds: 3 },
      { do: 'card', connector },
      { do: 'charge', connector, seconds: { min: 40, max: 80 } },
      { do: 'go-offline' },
      { do: 'charge', connector, seconds: { min: 25, max: 45 } },
      { do: 'card', connector, when: 'charging' },
      { do: 'wait', seconds: 5 },
      { do: 'go-online' },
      { do: 'flush', withinSeconds: 60 },
      { do: 'wait', seconds: { min: 5, max: 20 } },
      { do: 'unplug', connector },
      { do: 'wait', seconds: { min: 10, max: 40 } },
    ],
  );

/** A plugged car waits until it is started from afar. One connector only: any start command is meant for it. */
export const appCharges: ConnectorScenario = (connector) =>
  forEver('demo-app', 'Drivers who start with an app.', { min: 0, max: 10 }, [
    { do: 'plug-in', connector, vehicle: COMPANY_CAR },
    { do: 'await-command', action: 'RemoteStartTransaction', withinSeconds: 90 },
    { do: 'wait', seconds: 1 },
    { do: 'charge', connector, seconds: { min: 120, max: 400 } },
    { do: 'unplug', connector },
    { do: 'wait', seconds: { min: 15, max: 45 } },
  ]);
