import { defineError } from '@voltpile/kernel/errors';
import type { InstanceWork } from '@voltpile/platform/registry/instances';
import type { NodeReport } from '@voltpile/platform/registry/node-report';
import { drawPicture } from '@voltpile/platform/registry/picture';
import type { MembershipEvent, MembershipFilter } from '@voltpile/platform/registry/service-history';
import type { PlatformView } from '../routes/services.ts';

const away = defineError('port.not_connected', 'Unavailable', 'There is no connection to the services.');

/** A cluster of whoever is put into it. */
export class FakePlatform implements PlatformView {
  readonly instances: InstanceWork[] = [];
  readonly reports: NodeReport[] = [];
  readonly events: MembershipEvent[] = [];
  isAway = false;

  readonly registry: PlatformView['registry'] = {
    picture: async () => {
      if (this.isAway) throw away();
      return drawPicture(this.instances, this.reports, Date.parse('2026-05-01T00:00:00Z'));
    },
  };

  readonly history: PlatformView['history'] = {
    list: async ({ service, node }: MembershipFilter, { limit, cursor = '0' }) => {
      const found = this.events.filter(
        (event) => (service ?? event.service) === event.service && (node ?? event.node) === event.node,
      );
      const end = Number(cursor) + limit;
      return { items: found.slice(Number(cursor), end), nextCursor: end < found.length ? String(end) : null };
    },
  };
}
