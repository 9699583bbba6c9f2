import type { CommandOutcome, VariableSetResult } from '@voltpile/csms/contract/station-link';
import type { ComponentName } from '@voltpile/csms/contract/station-port';
import { chunked, DEFAULT_ITEMS_PER_MESSAGE } from '../../ocpp-j/chunks.ts';
import { byContent } from '../../ocpp-j/outcome.ts';
import { asFields, asList } from '../../ocpp-j/values/fields.ts';
import { worstStatus } from '../../ocpp-j/worst.ts';
import type { Ocpp201Command } from '../command.ts';
import { readAttributeType } from '../values/attribute-type.ts';
import { COMPONENT_NEEDED, fromVariable, toComponent } from '../values/component-names.ts';
import { readComponent, readVariable } from '../values/components.ts';

const outcomeOfOne = byContent(({ setVariableResult }) => Array.isArray(setVariableResult));
const STATUSES: ReadonlySet<unknown> = new Set<VariableSetResult['status']>([
  'Accepted',
  'Rejected',
  'UnknownComponent',
  'UnknownVariable',
  'NotSupportedAttributeType',
  'RebootRequired',
]);

/**
 * SetVariables (OCPP 2.0.1 Part 2 §1.58; B05), in as many messages as the station needs. Accepted when every variable was set, if only from
 * the next start on; the list of results says what became of each.
 */
export const setVariables: Ocpp201Command<'set-variables', 'SetVariables'> = {
  command: 'set-variables',
  action: 'SetVariables',
  toCalls: ({ payload: { variables }, itemsPerMessage }) => {
    const data = [];
    for (const { component, variable, instance, attributeType, value } of variables) {
      if (component === undefined) return COMPONENT_NEEDED;
      const name = { name: variable, instance };
      data.push({ component: toComponent(component), variable: name, attributeType, attributeValue: value });
    }
    return chunked(data, itemsPerMessage ?? DEFAULT_ITEMS_PER_MESSAGE).map((part) => ({ setVariableData: part }));
  },
  toOutcome: (answers, { payload }) => {
    const parts = answers.map((answer) => {
      const outcome = outcomeOfOne([answer]);
      return {
        answer,
        response: outcome.response,
        status: outcome.status === 'accepted' ? statusOf(answer) : outcome.status,
      };
    });
    const results = answers.flatMap((answer) =>
      answer.kind === 'result' ? asList(asFields(answer.payload).setVariableResult).map(asFields) : [],
    );
    const problem = parts.find(({ answer }) => answer.kind !== 'result');
    const response = { ...(problem === undefined ? {} : asFields(problem.response)), setVariableResult: results };
    return {
      status: worstStatus(parts),
      response,
      facts: { kind: 'variables-set', results: toResults(results, payload.variables) },
    };
  },
  fromPayload: ({ setVariableData }) => ({
    action: 'set-variables',
    payload: {
      variables: setVariableData.map(({ attributeType, attributeValue, ...named }) => ({
        ...fromVariable(named),
        attributeType,
        value: attributeValue,
      })),
    },
  }),
};

function statusOf(answer: { readonly kind: string; readonly payload?: unknown }): CommandOutcome['status'] {
  const results = asList(asFields(answer.payload).setVariableResult).map(asFields);
  const isSet = ({ attributeStatus }: Readonly<Record<string, unknown>>): boolean =>
    attributeStatus === 'Accepted' || attributeStatus === 'RebootRequired';
  return results.length > 0 && results.every(isSet) ? 'accepted' : 'rejected';
}

/** What became of each; the value is the one that was sent under the same name. */
function toResults(
  results: readonly Readonly<Record<string, unknown>>[],
  sent: readonly {
    readonly variable: string;
    readonly instance?: string | undefined;
    readonly value: string;
    readonly component?: ComponentName | undefined;
  }[],
): VariableSetResult[] {
  return results.flatMap((result, index) => {
    const component = readComponent(result.component);
    const variable = readVariable(result.variable);
    const { attributeStatus } = result;
    if (component === undefined || variable === undefined || !STATUSES.has(attributeStatus)) return [];
    const isIt = (each: (typeof sent)[number] | undefined): boolean =>
      each?.variable.toLowerCase() === variable.name.toLowerCase() &&
      each.component?.name.toLowerCase() === component.name.toLowerCase() &&
      each.component.evseId === component.evseId &&
      each.component.connectorId === component.connectorId &&
      each.component.instance === component.instance &&
      each.instance === variable.instance;
    // Stations answer in the order of the question; one that does not is found by the name.
    const own = isIt(sent[index]) ? sent[index] : sent.find(isIt);
    if (own === undefined) return [];
    return [
      {
        component,
        variable,
        attributeType: readAttributeType(result.attributeType),
        value: own.value,
        status: attributeStatus as VariableSetResult['status'],
      },
    ];
  });
}
