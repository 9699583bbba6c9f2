import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { defineError } from '@voltpile/kernel/errors';
import { uuidv7 } from '@voltpile/kernel/ids';
import { databaseOf, PROCESS_SETTINGS } from '@voltpile/platform/config/process-settings';
import { type Database, describeDatabase } from '@voltpile/platform/database/connection';
import type { Bus } from '@voltpile/platform/nats/connection';
import {
  type ClusterFacts,
  noteClusterFacts,
  readClusterFacts,
  readDatabaseId,
} from '@voltpile/platform/registry/cluster-facts';
import type { NodeIdentity } from '@voltpile/platform/registry/instances';
import { PaperExchange, type Papers } from '@voltpile/platform/registry/papers';
import type { Databases } from './databases.ts';
import type { LocalConfig } from './settings/settings.ts';

const SEE = 'See “Who belongs to a cluster” in docs/guides/operating.md if it is meant.';

export const otherSecret = defineError(
  'cluster.other_secret',
  'FailedPrecondition',
  `VOLTPILE_SECRET is not the one of this cluster, as {witness} knows it: stations’ keys and users’ tokens would be refused. Give this process the same one as the others. ${SEE}`,
);
export const otherDatabase = defineError(
  'cluster.other_database',
  'FailedPrecondition',
  `The database {database} is not the one in which this cluster keeps {what}, as {witness} knows it. Check {setting}. ${SEE}`,
);
export const nodeIdInUse = defineError(
  'cluster.node_id_in_use',
  'FailedPrecondition',
  'Another process of the cluster (pid {pid} on {host}) runs under the same node id {node}: the data folder was copied. Remove the file {file} from the copy, and start again: another id is made.',
);

/** What stands in a database of this process, and the fact that names that database. */
interface Place {
  readonly fact: string;
  readonly what: string;
  readonly setting: string;
  readonly database: Database;
}

interface Known {
  readonly witness: string;
  readonly facts: ClusterFacts;
}

const SECRET_FACT = 'secret';

/** A process on its way into the cluster. */
export interface ClusterEntry {
  /**
   * Once the databases are migrated: takes the place in the cluster for good.
   *
   * @throws FailedPrecondition as {@link enterCluster}
   */
  settle(): Promise<void>;
}

/**
 * Makes sure that this process belongs to the cluster, before it offers anything or changes a database: that it keeps its things in the same databases
 * as the others and has the same secret, and that nobody runs under its node id. What all must agree about is noted in the database that `DATABASE_URL`
 * names, and told by every process that runs. Versions that do not know of this are not asked for it.
 *
 * @throws FailedPrecondition `cluster.other_secret`, `cluster.other_database`, `cluster.node_id_in_use`; Unavailable `port.not_connected`
 */
export async function enterCluster(parts: {
  readonly bus: Bus;
  readonly identity: NodeIdentity;
  readonly config: LocalConfig;
  /** null: nothing is kept here */
  readonly storage: { readonly databases: Databases; readonly secret: Buffer } | null;
}): Promise<ClusterEntry> {
  const { bus, identity, config, storage } = parts;
  const { node, host, pid } = identity;
  const platform = storage?.databases.platform ?? null;
  const places = storage === null ? [] : placesOf(storage.databases, config);
  const secret: ClusterFacts = storage === null ? {} : { [SECRET_FACT]: fingerprintOf(storage.secret) };
  const state = {
    instance: uuidv7(),
    isSettled: false,
    /** Of this process; a database that is not migrated has no id yet. */
    own: { ...secret, ...(await idsOf(places)) } as ClusterFacts,
    noted: platform === null ? {} : await readClusterFacts(platform),
  };
  const exchange = new PaperExchange(bus, () => ({
    instance: state.instance,
    node,
    host,
    pid,
    isSettled: state.isSettled,
    facts: { ...state.noted, ...state.own },
  }));

  const refuseNoted = (): void => {
    if (platform === null) return;
    refuseOther(
      { witness: `the database ${describeDatabase(platform.config)}`, facts: state.noted },
      state.own,
      places,
    );
  };
  const refuse = async (all: readonly Papers[]): Promise<void> => {
    // Of two that come at the same moment the first by its name stays.
    const met = all.filter(({ isSettled, instance }) => isSettled || instance < state.instance);
    const twin = met.find((one) => one.node === node);
    if (twin !== undefined) {
      throw nodeIdInUse({ pid: twin.pid, host: twin.host, node, file: join(config.dataDir, 'node-id') });
    }
    // Somebody may have migrated the same databases meanwhile.
    state.own = { ...state.own, ...(await idsOf(places)) };
    refuseNoted();
    for (const one of met) {
      refuseOther({ witness: `the process ${one.pid} on ${one.host}`, facts: one.facts }, state.own, places);
    }
  };

  await refuse(await exchange.ask());
  return {
    async settle() {
      const before = state.own;
      state.own = { ...state.own, ...(await idsOf(places)) };
      // Of databases that were made just now nobody has heard yet.
      const areNew = places.some(({ fact }) => before[fact] === undefined);
      await refuse(areNew ? await exchange.ask() : exchange.met);
      if (platform !== null) {
        state.noted = await noteClusterFacts(platform, state.own);
        refuseNoted();
      }
      state.isSettled = true;
    },
  };
}

function refuseOther({ witness, facts }: Known, own: ClusterFacts, places: readonly Place[]): void {
  const differs = (fact: string): boolean => facts[fact] !== undefined && own[fact] !== facts[fact];
  for (const { fact, what, setting, database } of places) {
    if (differs(fact)) throw otherDatabase({ database: describeDatabase(database.config), what, witness, setting });
  }
  if (own[SECRET_FACT] !== undefined && differs(SECRET_FACT)) throw otherSecret({ witness });
}

function placesOf({ all, platform }: Databases, config: LocalConfig): Place[] {
  const shared = PROCESS_SETTINGS.databaseUrl.name;
  const places = all.flatMap(({ database, roles }) =>
    roles
      .filter((role) => role !== 'admin-api')
      .map((role): Place => {
        const own = `VOLTPILE_${role.toUpperCase()}_DATABASE_URL`;
        const setting =
          databaseOf(role, config).setting === own ? own : `${own} (without it ${shared} counts) and ${shared}`;
        return { fact: `database of ${role}`, what: `what belongs to ${role}`, setting, database };
      }),
  );
  if (platform === null) return places;
  const what = 'users, settings and its history';
  return [{ fact: 'database of all', what, setting: shared, database: platform }, ...places];
}

async function idsOf(places: readonly Place[]): Promise<ClusterFacts> {
  const ids = await Promise.all(
    places.map(async ({ fact, database }) => [fact, await readDatabaseId(database)] as const),
  );
  return Object.fromEntries(ids.flatMap(([fact, id]) => (id === null ? [] : [[fact, id]])));
}

/** Tells secrets apart, and does not tell what they are. */
function fingerprintOf(secret: Buffer): string {
  return createHmac('sha256', secret).update('voltpile cluster membership').digest('base64url');
}
