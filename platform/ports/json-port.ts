import { isDeepStrictEqual } from 'node:util';
import { defineError, fromSerializedError, type SerializedError, toVoltpileError } from '@voltpile/kernel/errors';

/** A programming error: something that JSON does not carry was handed to a port. The `where` names method, side and place. */
export const notSerializable = defineError(
  'port.not_serializable',
  'Internal',
  'A port was given something that JSON does not carry: {where}.',
);

/**
 * Puts a port behind a JSON round trip, as it will be between two processes: every argument and result is written and read again, and an
 * error arrives as its public facts only (see `VoltpileError.toJSON`). What JSON would change (a Date, a Map, a bigint, NaN, a class
 * instance) fails loudly. Properties that are `undefined` are left out on the way, as JSON does; nothing may depend on them.
 *
 * Methods of objects and of class instances are both found; the port's non-function properties are not part of it.
 */
export function jsonPort<P extends object>(port: P): P {
  const methods = new Map<PropertyKey, unknown>();
  return new Proxy(port, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== 'function') return undefined;
      if (!methods.has(name)) methods.set(name, wrap(target, String(name), method as Method));
      return methods.get(name);
    },
  });
}

type Method = (...args: readonly unknown[]) => unknown;

function wrap(port: object, name: string, method: Method): Method {
  return async (...args) => {
    const received = args.map((argument, index) => roundTrip(argument, `${name}, argument ${index + 1}`));
    let result: unknown;
    try {
      result = await method.apply(port, received);
    } catch (error) {
      const facts = JSON.parse(JSON.stringify(toVoltpileError(error))) as SerializedError;
      throw fromSerializedError(facts);
    }
    return roundTrip(result, `${name}, result`);
  };
}

/** The value after it was written as JSON and read again. Throws `port.not_serializable` when that is not the same value. */
export function roundTrip(value: unknown, where: string): unknown {
  if (value === undefined) return undefined;
  const offender = findOffender(value, '', new Set());
  if (offender !== undefined) throw notSerializable({ where: `${where}${offender}` });
  const read: unknown = JSON.parse(JSON.stringify(value));
  if (!isDeepStrictEqual(read, withoutUndefined(value))) throw notSerializable({ where });
  return read;
}

/** The first place that JSON cannot carry, as `.a.b[0] is a Date`. */
function findOffender(value: unknown, path: string, above: Set<object>): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'undefined':
      // Fine as a property; in a list JSON would turn it into null.
      return path.endsWith(']') ? `${path} is undefined` : undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : `${path} is ${value}`;
    case 'object':
      break;
    default:
      return `${path} is a ${typeof value}`;
  }
  if (value === null) return undefined;
  if (above.has(value)) return `${path} refers to itself`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) {
    return `${path} is a ${value.constructor?.name ?? 'class instance'}`;
  }
  above.add(value);
  for (const [name, inner] of Object.entries(value)) {
    const offender = findOffender(inner, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`, above);
    if (offender !== undefined) return offender;
  }
  above.delete(value);
  return undefined;
}

/** The same with plain objects, without undefined properties and with 0 for -0: what JSON harmlessly makes of it. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (value === 0) return 0;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([name, inner]) => [name, withoutUndefined(inner)]),
  );
}
