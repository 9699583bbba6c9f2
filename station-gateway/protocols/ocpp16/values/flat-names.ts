import { type ComponentName, FLAT_COMPONENT } from '@voltpile/csms/contract/station-port';
import type { Unsendable } from '../../ocpp-j/mapping.ts';

/** Names that say more than a key of OCPP 1.6 can; undefined when there is none among these. */
export function findUnflat(
  names:
    | readonly {
        readonly component?: ComponentName | undefined;
        readonly instance?: string | undefined;
        readonly attributeType?: string | undefined;
      }[]
    | undefined,
): Unsendable | undefined {
  for (const { component, instance, attributeType } of names ?? []) {
    if (component !== undefined && component.name !== FLAT_COMPONENT) {
      return { unsendable: `OCPP 1.6 has no components: leave it out, or name ${FLAT_COMPONENT}.` };
    }
    const { instance: which, evseId, connectorId } = component ?? {};
    if ([instance, which, evseId, connectorId].some((part) => part !== undefined)) {
      return { unsendable: 'A key of OCPP 1.6 has no instance and belongs to no EVSE.' };
    }
    if (attributeType !== undefined && attributeType !== 'Actual') {
      return { unsendable: 'A key of OCPP 1.6 has its actual value only.' };
    }
  }
  return undefined;
}
