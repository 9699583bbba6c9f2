import { isDeepStrictEqual } from 'node:util';
import { parseOcppDateTime } from '@voltpile/ocpp/date-time';

const LISTS: ReadonlySet<string> = new Set(['getVariableData', 'setVariableData', 'setMonitoringData', 'id']);

/**
 * Whether CALLs say together what one payload says. Times count by the moment, not by how they are written; `customData` says nothing that
 * we are asked to carry; members that are undefined are not there. Several CALLs are one payload whose list was sent in parts.
 */
export function sameMessage(calls: readonly unknown[], payload: unknown): boolean {
  const [first, ...more] = calls;
  if (first === undefined) return false;
  return isDeepStrictEqual(plain(more.reduce(joined, first)), plain(payload));
}

function joined(one: unknown, other: unknown): unknown {
  const [a, b] = [one as Record<string, unknown>, other as Record<string, unknown>];
  return Object.fromEntries(
    Object.entries(a).map(([key, value]) => {
      const isList = LISTS.has(key) && Array.isArray(value) && Array.isArray(b[key]);
      return [key, isList ? [...value, ...(b[key] as unknown[])] : value];
    }),
  );
}

function plain(value: unknown): unknown {
  if (typeof value === 'string') return parseOcppDateTime(value) ?? value;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([key, member]) => member !== undefined && key !== 'customData');
  // An empty object and an absent one ask for the same.
  return Object.fromEntries(
    members.map(([key, member]) => [key, plain(member)] as const).filter(([, member]) => !isEmpty(member)),
  );
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
