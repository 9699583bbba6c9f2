import { spawnSync } from 'node:child_process';

/** Where Debian puts it, also when that is not on the PATH of a user. */
const PLACES = ['nats-server', '/usr/sbin/nats-server', '/usr/local/bin/nats-server'];

/** The broker's program; undefined where there is none: Debian's package is called nats-server. */
export function findNatsServer(): string | undefined {
  return PLACES.find((place) => spawnSync(place, ['--version'], { stdio: 'ignore' }).status === 0);
}
