import { EVERYTHING, type Page, type PageRequest } from '@voltpile/csms/contract/access-scope';
import type { Csms } from '@voltpile/csms/service';
import { makeStationKey } from '@voltpile/csms/stations/station-key';
import { defineError, VoltpileError } from '@voltpile/kernel/errors';
import { DEMO_ID_TOKENS, DEMO_SITE, DEMO_STATIONS, type DemoStation } from './demo-site.ts';

export const notADemo = defineError(
  'demo.foreign_data',
  'FailedPrecondition',
  'The database has stations that are not the demo’s, and the demo would mix its invented charges with theirs. ' +
    'Give the demo a data folder of its own (VOLTPILE_DATA_DIR) and no DATABASE_URL.',
);

type Ports = Csms['operatorPorts'];

/** A demo station with what its simulator needs in order to log in and go on. */
export interface SeededStation {
  readonly station: DemoStation;
  /** null: its protocol has no keys. */
  readonly key: string | null;
  /** Registers of the connectors, whole Wh; undefined where nothing was ever charged. */
  readonly meterStartWh: readonly (number | undefined)[];
}

const PAGE_SIZE = 500;

/**
 * Makes the demo's site, stations and id tokens where they are missing. What is there stays as it is, except that every station gets a
 * new key: only its hash is stored, and the simulators need the key itself.
 *
 * @throws FailedPrecondition `demo.foreign_data` before anything was written
 */
export async function seedDemo(ports: Ports): Promise<SeededStation[]> {
  const stations = new Set((await all((page) => ports.stations.list(EVERYTHING, {}, page))).map(({ id }) => id));
  const sites = await all((page) => ports.sites.listSites(EVERYTHING, {}, page));
  const known = sites.find(({ name }) => name === DEMO_SITE.name);
  const isDemo = known !== undefined || DEMO_STATIONS.some(({ id }) => stations.has(id));
  if (stations.size > 0 && !isDemo) throw notADemo();
  const site = known ?? (await ports.sites.createSite(EVERYTHING, DEMO_SITE));
  await seedIdTokens(ports);
  const seeded: SeededStation[] = [];
  for (const station of DEMO_STATIONS) {
    const key = station.protocol === 'ykc' ? null : makeStationKey();
    if (stations.has(station.id)) {
      await ports.stations.update(EVERYTHING, station.id, { password: key });
    } else {
      await ports.stations.register(EVERYTHING, {
        id: station.id,
        password: key,
        siteId: site.id,
        ratedPowerW: station.maxPowerW * station.idTags.length,
      });
    }
    seeded.push({ station, key, meterStartWh: await lastRegisters(ports, station) });
  }
  return seeded;
}

async function seedIdTokens({ idTokens }: Ports): Promise<void> {
  const present = new Set((await all((page) => idTokens.list(EVERYTHING, {}, page))).map(({ idToken }) => idToken));
  for (const input of DEMO_ID_TOKENS) {
    if (present.has(input.idToken)) continue;
    try {
      await idTokens.create(EVERYTHING, input);
    } catch (error) {
      // Present after all, written in other letters.
      if (!(error instanceof VoltpileError && error.code === 'id_token.exists')) throw error;
    }
  }
}

/** Where each connector's meter stood at last: a meter does not begin anew because the demo does. */
async function lastRegisters({ transactions }: Ports, { id, idTags }: DemoStation): Promise<(number | undefined)[]> {
  const { items } = await transactions.list(EVERYTHING, { stationId: id }, { limit: PAGE_SIZE });
  return idTags.map((_, index) => {
    const last = items.find(({ evseId }) => evseId === index + 1);
    if (last === undefined) return undefined;
    const registerWh =
      last.meterStopWh ?? (last.meterStartWh === null ? null : last.meterStartWh + (last.energyWh ?? 0));
    return registerWh === null ? undefined : Math.ceil(registerWh);
  });
}

async function all<T>(read: (page: PageRequest) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read({ limit: PAGE_SIZE, cursor });
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}
