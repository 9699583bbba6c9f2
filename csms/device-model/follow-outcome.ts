import type { EndedCommand, OutcomeFollower } from '../commands/outcome-follower.ts';
import type { VariableSetResult } from '../contract/station-link.ts';
import type { ComponentName, VariableName } from '../contract/station-port.ts';
import { runByKnex } from '../persistence/run-by-knex.ts';
import { storableNumber } from '../transactions/claimed-time.ts';
import { type DeviceName, deviceName } from './device-name.ts';
import { eventsOf } from './device-writer.ts';
import { reportAskedFor } from './expected-report.ts';
import { type ModelChange, modelChange, type PreparedMonitor, type PreparedSetting } from './model-change.ts';
import { prepareVariable } from './prepare-variable.ts';
import { shownValue } from './shown-value.ts';
import { storeChanges } from './store-changes.ts';

/** Stores what a station's answer says about its model. */
export const followDeviceOutcome: OutcomeFollower = async (trx, ended) => {
  const change = changeOf(ended);
  if (change === undefined) return [];
  const [stored] = await storeChanges(runByKnex(trx), [change]);
  return eventsOf(change, stored);
};

/** What an ended command says about the station's model; undefined: nothing. */
export function changeOf(ended: EndedCommand): ModelChange | undefined {
  const { station, command, outcome, finishedAt: at } = ended;
  const { facts } = outcome;
  const about = { station, at };
  switch (facts?.kind) {
    case 'variables': {
      const isEverything =
        command.action === 'get-variables' && outcome.status === 'accepted' && !command.payload.variables?.length;
      return modelChange({
        ...about,
        variables: facts.variables.map((variable) => prepareVariable(variable, at)),
        unknown: facts.unknown.map(({ component, variable }) => deviceName(component, variable)),
        // An answer that is empty says nothing about a station, which has some keys in any case.
        isWholeModel: isEverything && facts.variables.length > 0,
      });
    }
    case 'variables-set':
      return modelChange({
        ...about,
        settings: facts.results.flatMap((result) => settingOf(result) ?? []),
        unknown: facts.results.flatMap(({ component, variable, status }) =>
          status === 'UnknownComponent' || status === 'UnknownVariable' ? [deviceName(component, variable)] : [],
        ),
      });
    case 'monitors-set':
      return modelChange({ ...about, monitors: monitorsOf(ended, facts.results) });
    case 'monitors-cleared':
      return modelChange({ ...about, clearedMonitors: facts.results.flatMap((result) => clearedOf(result) ?? []) });
    default: {
      const asked = reportAskedFor(command);
      // After a time-out the station may report all the same.
      const isAnswered = outcome.status !== 'timeout' && outcome.status !== 'unknown';
      if (asked === undefined || !isAnswered) return undefined;
      const { kind, requestId } = asked;
      const accepted = facts?.kind === 'report-empty' ? 'empty' : 'accepted';
      const answer = outcome.status === 'accepted' ? accepted : 'refused';
      return modelChange({ ...about, answered: { kind, requestId, answer } });
    }
  }
}

function settingOf({
  component,
  variable,
  attributeType,
  value,
  status,
}: VariableSetResult): PreparedSetting | undefined {
  if (status !== 'Accepted' && status !== 'RebootRequired') return undefined;
  const name = deviceName(component, variable);
  const shown = shownValue(name, value);
  return {
    name,
    type: attributeType,
    value: shown.value,
    valueCut: shown.cut,
    rebootRequired: status === 'RebootRequired',
  };
}

type Result = Readonly<Record<string, unknown>>;

/**
 * The answer names variable, type, severity and the new id (OCPP 2.0.1 SetMonitoringResultType); limit and transaction are what was asked
 * for. Answers may come in another order than requests.
 */
function monitorsOf({ command }: EndedCommand, results: readonly Result[]): PreparedMonitor[] {
  if (command.action !== 'set-variable-monitoring') return [];
  const open = command.payload.monitors.map((asked) => ({
    ...asked,
    name: deviceName(asked.component, { name: asked.variable, instance: asked.instance }),
  }));
  return results.flatMap((result) => {
    const name = nameOf(result);
    const id = typeof result.id === 'number' ? storableNumber(result.id) : undefined;
    if (name === undefined || result.status !== 'Accepted' || id === undefined) return [];
    const index = open.findIndex(
      (asked) => asked.name.key === name.key && asked.type === result.type && asked.severity === result.severity,
    );
    const [asked] = index === -1 ? [] : open.splice(index, 1);
    if (asked === undefined) return [];
    const { type, value, severity, transaction = false } = asked;
    return [{ id, name, type, value: String(value), severity, transaction }];
  });
}

/** Gone is what was cleared, and what the station does not know. */
function clearedOf({ id, status }: Result): number | undefined {
  return typeof id === 'number' && (status === 'Accepted' || status === 'NotFound') ? storableNumber(id) : undefined;
}

/** Reads a component and a variable in the shape of OCPP 2.0.1 (ComponentType, VariableType). */
function nameOf({ component, variable }: Result): DeviceName | undefined {
  if (!isNamed(component) || !isNamed(variable)) return undefined;
  const { evse } = component as { readonly evse?: { readonly id?: unknown; readonly connectorId?: unknown } | null };
  const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const ofComponent: ComponentName = {
    name: component.name,
    instance: text(component.instance),
    evseId: number(evse?.id ?? component.evseId),
    connectorId: number(evse?.connectorId ?? component.connectorId),
  };
  const ofVariable: VariableName = { name: variable.name, instance: text(variable.instance) };
  return deviceName(ofComponent, ofVariable);
}

function isNamed(value: unknown): value is Result & { readonly name: string } {
  return typeof value === 'object' && value !== null && typeof (value as Result).name === 'string';
}
