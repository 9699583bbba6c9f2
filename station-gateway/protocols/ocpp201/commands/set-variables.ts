import type { CommandPayload } from '@voltpile/csms/contract/commands';
import type { VariableSetResult } from '@voltpile/csms/contract/station-link';
import { chunked } from '../../ocpp-j/chunks.ts';
import { judgeLists } from '../../ocpp-j/list-answers.ts';
import type { Ocpp201Command } from '../command.ts';
import { readAttributeType } from '../values/attribute-type.ts';
import { COMPONENT_NEEDED, fromVariable, toComponent } from '../values/component-names.ts';
import { readComponent, readVariable } from '../values/components.ts';

type Fields = Readonly<Record<string, unknown>>;
type Sent = CommandPayload<'set-variables'>['variables'][number];

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
    return chunked(data, itemsPerMessage).map((part) => ({ setVariableData: part }));
  },
  toOutcome: (answers, { payload: { variables }, itemsPerMessage }) => {
    const sent = chunked(variables, itemsPerMessage);
    const asked = sent.map((part) => part.length);
    const { status, response, lists } = judgeLists(answers, 'setVariableResult', asked, isSet);
    const results = lists.flatMap((list, index) => toResults(list, sent[index] ?? []));
    return { status, response, facts: { kind: 'variables-set', results } };
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

function isSet({ attributeStatus }: Fields): boolean {
  return attributeStatus === 'Accepted' || attributeStatus === 'RebootRequired';
}

/**
 * What became of each variable of one message. A result belongs to what was sent under the same full name, or, where the station repeats
 * less of the name than it was given, to what stands at its place; to nothing else, because it tells no value.
 */
function toResults(list: readonly Fields[], sent: readonly Sent[]): VariableSetResult[] {
  const open = new Set(sent);
  const results: VariableSetResult[] = [];
  for (const [index, result] of list.entries()) {
    const { attributeStatus } = result;
    const component = readComponent(result.component);
    const variable = readVariable(result.variable);
    if (component === undefined || variable === undefined || !STATUSES.has(attributeStatus)) continue;
    const attributeType = readAttributeType(result.attributeType);
    const told: Sent = { component, variable: variable.name, instance: variable.instance, attributeType, value: '' };
    const own = [...open].find((each) => fullName(each) === fullName(told));
    const atPlace = sent[index];
    const meant = own ?? (atPlace !== undefined && open.has(atPlace) && isPartOf(told, atPlace) ? atPlace : undefined);
    if (meant?.component === undefined) continue;
    open.delete(meant);
    results.push({
      component: own === undefined ? meant.component : component,
      variable: own === undefined ? { name: meant.variable, instance: meant.instance } : variable,
      attributeType: meant.attributeType ?? 'Actual',
      value: meant.value,
      status: attributeStatus as VariableSetResult['status'],
    });
  }
  return results;
}

/** All that names a value. Names are compared without regard to case (OCPP 2.0.1 Part 2 §2.1: identifierString). */
function fullName({ component, variable, instance, attributeType }: Sent): string {
  const { name, instance: which, evseId, connectorId } = component ?? {};
  return JSON.stringify([
    name,
    which ?? '',
    evseId,
    connectorId,
    variable,
    instance ?? '',
    attributeType ?? 'Actual',
  ]).toLowerCase();
}

/** Whether the station's name, which may be shorter, can mean what was sent. */
function isPartOf(told: Sent, sent: Sent): boolean {
  const pairs = [
    [told.component?.name, sent.component?.name],
    [told.component?.instance, sent.component?.instance],
    [told.component?.evseId, sent.component?.evseId],
    [told.component?.connectorId, sent.component?.connectorId],
    [told.variable, sent.variable],
    [told.instance, sent.instance],
    [told.attributeType === 'Actual' ? undefined : told.attributeType, sent.attributeType],
  ];
  return pairs.every(([less, more]) => less === undefined || String(less).toLowerCase() === String(more).toLowerCase());
}
