import type { Instance } from './instances.ts';
import type { ClusterPicture } from './picture.ts';

/** Who there is, and how they are. */
export interface Registry {
  /** Who there is; undefined when nobody can be asked. */
  instances(): Promise<readonly Instance[] | undefined>;
  /** @throws Unavailable `port.not_connected` */
  picture(): Promise<ClusterPicture>;
}
