import type {
  AttributeType,
  DeviceVariable,
  VariableAttribute,
  VariableCharacteristics,
} from '@voltpile/csms/contract/station-port';
import { asFields, asList, readName, readText } from '../../ocpp-j/values/fields.ts';
import type { Ocpp201Message } from '../message.ts';
import { readComponent, readVariable } from '../values/components.ts';
import { readLimit } from '../values/limits.ts';
import { readEach } from '../values/read-each.ts';
import { readReportPart } from '../values/report-part.ts';

const ATTRIBUTE_TYPES: ReadonlySet<string> = new Set<AttributeType>(['Actual', 'Target', 'MinSet', 'MaxSet']);
const MUTABILITIES: ReadonlySet<string> = new Set(['ReadOnly', 'WriteOnly', 'ReadWrite']);

/** NotifyReport (OCPP 2.0.1 Part 2 §1.40; B07, B08): a part of what the station is made of. */
export const notifyReport: Ocpp201Message<'NotifyReport'> = {
  action: 'NotifyReport',
  isTransactional: false,
  async handle(request, exchange) {
    const part = readReportPart(request);
    if (part === undefined) return null;
    const variables = readEach(request.reportData, '/reportData', exchange, readReported);
    await exchange.port.deviceReported({ origin: exchange.origin(), part, variables });
    return {};
  },
};

/** ReportDataType (§2.45); undefined when it does not say about what it is. */
function readReported(data: Readonly<Record<string, unknown>>): DeviceVariable | undefined {
  const component = readComponent(data.component);
  const variable = readVariable(data.variable);
  if (component === undefined || variable === undefined) return undefined;
  const characteristics = readCharacteristics(data.variableCharacteristics);
  return {
    component,
    variable,
    attributes: asList(data.variableAttribute).map((each) => readAttribute(asFields(each))),
    ...(characteristics === undefined ? {} : { characteristics }),
  };
}

/** VariableAttributeType (§2.50) with its defaults. */
function readAttribute(attribute: Readonly<Record<string, unknown>>): VariableAttribute {
  const type = readName(attribute.type);
  const mutability = readName(attribute.mutability) ?? 'ReadWrite';
  // Up to 2,500 characters.
  const value = typeof attribute.value === 'string' ? attribute.value : readText(attribute.value);
  return {
    type: type !== undefined && ATTRIBUTE_TYPES.has(type) ? (type as AttributeType) : 'Actual',
    ...(value === undefined ? {} : { value }),
    mutability: MUTABILITIES.has(mutability) ? (mutability as VariableAttribute['mutability']) : 'ReadWrite',
    persistent: attribute.persistent === true,
    constant: attribute.constant === true,
  };
}

/** VariableCharacteristicsType (§2.51). */
function readCharacteristics(value: unknown): VariableCharacteristics | undefined {
  const { dataType, supportsMonitoring, unit, minLimit, maxLimit, valuesList } = asFields(value);
  const type = readName(dataType);
  if (type === undefined) return undefined;
  return {
    dataType: type,
    supportsMonitoring: supportsMonitoring === true,
    unit: readName(unit),
    minLimit: readLimit(minLimit),
    maxLimit: readLimit(maxLimit),
    // Up to 1,000 characters.
    valuesList: typeof valuesList === 'string' ? valuesList : undefined,
  };
}
