import type { DeviceVariable } from '@voltpile/csms/contract/station-port';
import { chunked } from '../../ocpp-j/chunks.ts';
import { judgeLists } from '../../ocpp-j/list-answers.ts';
import type { Ocpp201Command } from '../command.ts';
import { readAttributeType } from '../values/attribute-type.ts';
import { COMPONENT_NEEDED, fromVariable, toComponent } from '../values/component-names.ts';
import { readComponent, readVariable } from '../values/components.ts';

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
    return chunked(data, itemsPerMessage).map((part) => ({ getVariableData: part }));
  },
  toOutcome: (answers, { payload: { variables = [] }, itemsPerMessage }) => {
    const asked = chunked(variables, itemsPerMessage).map((part) => part.length);
    const { status, response, lists } = judgeLists(answers, 'getVariableResult', asked, () => true);
    return { status, response, facts: { kind: 'variables', ...toFacts(lists.flat()) } };
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
