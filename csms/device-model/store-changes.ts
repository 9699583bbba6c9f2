import type { Uuid } from '@voltpile/kernel/ids';
import type { QueryResult } from 'pg';
import type { StationKey } from '../contract/ids.ts';
import type { BatchQuery } from '../persistence/batch-connection.ts';
import {
  clearMonitors,
  findMonitors,
  findReports,
  findVariables,
  lockModels,
  type ModelRow,
  markGone,
  modelsFrom,
  monitorsFrom,
  reportsFrom,
  storeAttributes,
  storedEventsFrom,
  storeEvents,
  storeModels,
  storeMonitors,
  storeReportProgress,
  storeVariables,
  sweep,
  variablesFrom,
} from '../persistence/device-model-statements.ts';
import type { AttributeChange, KnownModel, ModelChange, PlannedChange } from './model-change.ts';
import { planChange } from './plan-change.ts';
import type { PreparedEvent } from './prepare-event.ts';
import type { ReportProgress } from './report-progress.ts';

/** Sends statements within one transaction; answers in order. */
export type RunQueries = (queries: readonly BatchQuery[]) => Promise<readonly QueryResult[]>;

/** What became of a change. */
export interface StoredChange {
  readonly model: ModelRow;
  readonly report: ReportProgress | null;
  readonly isNewPart: boolean;
  /** Events that were not stored before. */
  readonly newEvents: readonly PreparedEvent[];
  readonly changes: readonly AttributeChange[];
  /** Variables and monitors that were left out, because there are too many. */
  readonly dropped: number;
}

/**
 * Stores what stations say about their models, at most one change a station, within a transaction of the caller: locks and reads what is
 * known in one round trip, writes in another.
 *
 * @returns in order; undefined: there is no such station
 */
export async function storeChanges(
  run: RunQueries,
  changes: readonly ModelChange[],
): Promise<(StoredChange | undefined)[]> {
  const known = await readKnown(run, changes);
  const plans = changes.flatMap((change) => {
    const model = known.get(change.station);
    return model === undefined ? [] : [{ change, model, plan: planChange(change, model) }];
  });
  const newEvents = await write(run, plans);
  const stored = new Map(
    plans.map(({ change, model, plan }): [StationKey, StoredChange] => [
      change.station,
      {
        model,
        report: plan.report,
        isNewPart: plan.isNewPart,
        newEvents: plan.events.filter(({ id }) => newEvents.has(id)),
        changes: plan.changes.flatMap(({ change: told, eventId }) =>
          eventId === null || newEvents.has(eventId) ? [told] : [],
        ),
        dropped: plan.dropped,
      },
    ]),
  );
  return changes.map(({ station }) => stored.get(station));
}

async function readKnown(run: RunQueries, changes: readonly ModelChange[]): Promise<Map<StationKey, KnownModel>> {
  const variables = changes.flatMap((change) =>
    [...new Set(keysOf(change))].map((key) => ({ station: change.station, key })),
  );
  const monitors = changes.flatMap(({ station, monitors: given }) =>
    [...new Set(given.map(({ id }) => id))].map((id) => ({ station, id })),
  );
  const reports = changes.flatMap(({ station, part, answered }) => {
    const about = part ?? answered;
    return about === null ? [] : [{ station, kind: about.kind, requestId: about.requestId }];
  });
  // Locked first: what is read after it cannot change any more.
  const results = await run([
    ...lockModels(changes.map(({ station }) => station)),
    ...(variables.length === 0 ? [] : [findVariables(variables)]),
    ...(monitors.length === 0 ? [] : [findMonitors(monitors)]),
    ...(reports.length === 0 ? [] : [findReports(reports)]),
  ]);
  let next = 1;
  const answer = <T>(asked: readonly unknown[], read: (result: QueryResult) => T, none: T): T =>
    asked.length === 0 ? none : read(results[++next] as QueryResult);
  const models = modelsFrom(results[1] as QueryResult);
  const knownVariables = answer(variables, variablesFrom, new Map());
  const knownMonitors = answer(monitors, monitorsFrom, new Map());
  const knownReports = answer(reports, reportsFrom, new Map());
  return new Map(
    models.map((model) => [
      model.station,
      {
        ...model,
        variables: knownVariables.get(model.station) ?? new Map(),
        monitorIds: knownMonitors.get(model.station) ?? new Set(),
        report: knownReports.get(model.station),
      },
    ]),
  );
}

function keysOf({ variables, settings, unknown, monitors, events }: ModelChange): string[] {
  return [
    ...variables.map(({ name }) => name.key),
    ...settings.map(({ name }) => name.key),
    ...unknown.map(({ key }) => key),
    ...monitors.map(({ name }) => name.key),
    ...events.map(({ name }) => name.key),
  ];
}

interface Planned {
  readonly change: ModelChange;
  readonly model: KnownModel;
  readonly plan: PlannedChange;
}

/** @returns ids of the events that are new */
async function write(run: RunQueries, plans: readonly Planned[]): Promise<Set<Uuid>> {
  const queries: BatchQuery[] = [];
  const add = <T>(rows: readonly T[], make: (rows: readonly T[]) => BatchQuery): void => {
    if (rows.length > 0) queries.push(make(rows));
  };
  const all = <T>(pick: (planned: Planned) => readonly T[]): T[] => plans.flatMap(pick);
  const events = all(({ change: { station }, plan }) => plan.events.map((event) => ({ station, event })));
  if (events.length > 0) queries.push(storeEvents(events));
  add(
    all(({ plan }) => plan.variables),
    storeVariables,
  );
  add(
    all(({ plan }) => plan.attributes),
    storeAttributes,
  );
  add(
    all(({ plan }) => plan.monitors),
    storeMonitors,
  );
  add(
    all(({ change: { at }, plan }) => plan.goneVariables.map((id) => ({ id, at }))),
    markGone,
  );
  add(
    all(({ change: { station, at }, plan }) => plan.clearedMonitors.map((id) => ({ station, id, at }))),
    clearMonitors,
  );
  for (const { change, plan } of plans) {
    const { station, at } = change;
    const { sweepVariablesBefore, sweepMonitorsBefore } = plan;
    if (sweepVariablesBefore !== null) queries.push(sweep('variables', { station, before: sweepVariablesBefore, at }));
    if (sweepMonitorsBefore !== null) queries.push(sweep('monitors', { station, before: sweepMonitorsBefore, at }));
  }
  add(
    all(({ change: { station }, plan: { report } }) => (report === null ? [] : [{ station, report }])),
    storeReportProgress,
  );
  add(
    all(({ change: { station }, model: { firmwareVersion }, plan: { model } }) =>
      model === null ? [] : [{ station, firmwareVersion, ...model }],
    ),
    storeModels,
  );
  if (queries.length === 0) return new Set();
  const results = await run(queries);
  return events.length === 0 ? new Set() : storedEventsFrom(results[0] as QueryResult);
}
