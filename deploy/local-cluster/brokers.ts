import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineError } from '@voltpile/kernel/errors';
import { findNatsServer } from '@voltpile/platform/nats/server-program';

export const noBroker = defineError(
  'cluster.no_nats_server',
  'FailedPrecondition',
  'There is no nats-server on the PATH, in /usr/sbin or in /usr/local/bin. Install it: apt install nats-server',
);

/** As in `deploy/compose/nats.conf`: pages of lists are larger than the 1 MB that NATS takes by itself. */
const MAX_PAYLOAD = '8MB';

export interface BrokerPlan {
  readonly name: string;
  readonly port: number;
  readonly clusterPort: number;
}

export interface BrokerCommand extends BrokerPlan {
  readonly command: readonly [file: string, ...args: string[]];
}

export interface BrokerCommands {
  readonly brokers: readonly BrokerCommand[];
  /** For `NATS_URL`: holds the password. */
  readonly url: string;
}

/**
 * Writes the configuration of brokers that make one cluster, with a password that is made anew each time.
 *
 * @throws FailedPrecondition `cluster.no_nats_server`
 */
export async function prepareBrokers(dataDir: string, plans: readonly BrokerPlan[]): Promise<BrokerCommands> {
  const program = findNatsServer();
  if (program === undefined) throw noBroker({});
  const password = randomBytes(24).toString('base64url');
  const brokers: BrokerCommand[] = [];
  for (const plan of plans) {
    const folder = join(dataDir, plan.name);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, 'nats.conf');
    // Not on the command line, which others on this machine can read.
    await writeFile(file, configuration(plan, plans, password), { mode: 0o600 });
    brokers.push({ ...plan, command: [program, '-c', file] });
  }
  return { brokers, url: plans.map(({ port }) => `nats://voltpile:${password}@127.0.0.1:${port}`).join(',') };
}

function configuration({ name, port, clusterPort }: BrokerPlan, all: readonly BrokerPlan[], password: string): string {
  const routes = all
    .filter((other) => other.name !== name)
    .map((other) => `    nats://voltpile:${password}@127.0.0.1:${other.clusterPort}`);
  return `server_name: ${name}
listen: "127.0.0.1:${port}"
max_payload: ${MAX_PAYLOAD}
authorization { user: voltpile, password: "${password}" }
cluster {
  name: voltpile
  listen: "127.0.0.1:${clusterPort}"
  authorization { user: voltpile, password: "${password}" }
  routes: [
${routes.join('\n')}
  ]
}
`;
}
