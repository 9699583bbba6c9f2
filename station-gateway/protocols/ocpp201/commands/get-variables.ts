import type { DeviceVariable } from '@voltpile/csms/contract/station-port';
import { chunked, DEFAULT_ITEMS_PER_MESSAGE } from '../../ocpp-j/chunks.ts';
import { byContent } from '../../ocpp-j/outcome.ts';
import { asFields, asList } from '../../ocpp-j/values/fields.ts';
import { worstStatus } from '../../ocpp-j/worst.ts';
import type { Ocpp201Command } from '../command.ts';
import { readAttributeType } from '../values/attribute-type.ts';
import { COMPONENT_NEEDED, fromVariable, toComponent } from '../values/component-names.ts';
import { readComponent, readVariable } from '../values/components.ts';

const outcomeOfOne = byContent(({ getVariableResult }) => Array.isArray(getVariableResult));

/**
 * GetVariables (OCPP 2.0.1 Part 2 §1.29; B06), in as many messages as the station needs. Accepted when the station has answered for each:
 * what it says of a variable, which may be that there is none, stands in the list of results.
 */
export const getVariables: Ocpp201Command<'get-variables', 'GetVariables'> = {
  command: 'get-variables',
  action: 'GetVariables',
  toCalls: ({ payload: { variables }, itemsPerMessage }) => {
    if (variables === undefined || variables.length === 0) {
      return { unsendable: 'OCPP 2.0.1 needs the names of the variables; get-base-report asks for all.' };
    }
    const data = [];
    for (const { component, variable, instance, attributeType } of variables) {
      if (component === undefined) return COMPONENT_NEEDED;
      data.push({ component: toComponent(component), variable: { name: variable, instance }, attributeType });
    }
    return chunked(data, itemsPerMessage ?? DEFAULT_ITEMS_PER_MESSAGE).map((part) => ({ getVariableData: part }));
  },
  toOutcome: (answers) => {
    const parts = answers.map((answer) => ({ answer, ...outcomeOfOne([answer]) }));
    const status = worstStatus(parts);
    const results = answers.flatMap((answer) =>
      answer.kind === 'result' ? asList(asFields(answer.payload).getVariableResult).map(asFields) : [],
    );
    const problem = parts.find((part) => part.status !== 'accepted');
    const response = { ...(problem === undefined ? {} : asFields(problem.response)), getVariableResult: results };
    return { status, response, facts: { kind: 'variables', ...toFacts(results) } };
  },
  fromPayload: ({ getVariableData }) => ({
    action: 'get-variables',
    payload: {
      variables: getVariableData.map(({ attributeType, ...named }) => ({ ...fromVariable(named), attributeType })),
    },
  }),
};

function toFacts(results: readonly Readonly<Record<string, unknown>>[]) {
  const variables: DeviceVariable[] = [];
  const unknown: Pick<DeviceVariable, 'component' | 'variable'>[] = [];
  for (const result of results) {
    const component = readComponent(result.component);
    const variable = readVariable(result.variable);
    if (component === undefined || variable === undefined) continue;
    const { attributeStatus, attributeValue } = result;
    if (attributeStatus === 'Accepted') {
      const value = typeof attributeValue === 'string' ? { value: attributeValue } : {};
      variables.push({
        component,
        variable,
        attributes: [{ type: readAttributeType(result.attributeType), ...value }],
      });
    } else if (attributeStatus === 'UnknownComponent' || attributeStatus === 'UnknownVariable') {
      unknown.push({ component, variable });
    }
  }
  return { variables, unknown };
}
