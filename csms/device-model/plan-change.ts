import type { Instant } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { DeviceName } from './device-name.ts';
import type {
  AttributeChange,
  AttributeRow,
  KnownModel,
  ModelChange,
  MonitorRow,
  PlannedChange,
  VariableRow,
} from './model-change.ts';
import type { PreparedEvent } from './prepare-event.ts';
import type { PreparedCharacteristics } from './prepare-variable.ts';
import { followAnswer, followPart, type ReportProgress } from './report-progress.ts';
import { MASKED } from './shown-value.ts';

/** A large station has 2,000 variables. Beyond this somebody makes them up. */
export const MAX_VARIABLES = 20_000;
export const MAX_MONITORS = 20_000;

/**
 * Works out what a change means for a station's model. What is already there and what comes beyond the limits is told apart here; which of
 * two values is newer is for the statements, which see the stored one.
 */
export function planChange(change: ModelChange, known: KnownModel): PlannedChange {
  const plan = new Plan(change, known);
  for (const { name, characteristics, attributes, flags } of change.variables) {
    const id = plan.variable(name, { characteristics, flags });
    if (id === undefined) continue;
    for (const attribute of attributes) plan.attribute({ ...attribute, ...plan.owner(id), wanted: null });
  }
  for (const setting of change.settings) plan.setting(setting);
  for (const event of change.events) plan.event(event);
  for (const { name, ...monitor } of change.monitors) {
    const id = plan.variable(name, {});
    if (id !== undefined) plan.monitor({ ...monitor, ...plan.owner(id) });
  }
  return plan.finish();
}

class Plan {
  readonly #change: ModelChange;
  readonly #known: KnownModel;
  /** By key. */
  readonly #variables = new Map<string, VariableRow>();
  /** By variable and type. */
  readonly #attributes = new Map<string, AttributeRow>();
  readonly #monitors = new Map<number, MonitorRow>();
  readonly #changes: { change: AttributeChange; eventId: Uuid | null }[] = [];
  #newVariables = 0;
  #newMonitors = 0;
  #dropped = 0;

  constructor(change: ModelChange, known: KnownModel) {
    this.#change = change;
    this.#known = known;
  }

  owner(variableId: Uuid): Pick<AttributeRow, 'variableId' | 'station' | 'reportedAt'> {
    return { variableId, station: this.#change.station, reportedAt: this.#change.at };
  }

  /** The variable's id; undefined when the station has too many already. */
  variable(
    name: DeviceName,
    told: { readonly characteristics?: PreparedCharacteristics | null; readonly flags?: readonly string[] },
  ): Uuid | undefined {
    const { characteristics = null, flags = name.flags } = told;
    const planned = this.#variables.get(name.key);
    if (planned !== undefined) {
      const merged = { ...planned, characteristics: characteristics ?? planned.characteristics };
      this.#variables.set(name.key, { ...merged, flags: [...new Set([...planned.flags, ...flags])] });
      return planned.id;
    }
    const stored = this.#known.variables.get(name.key)?.id;
    if (stored === undefined) {
      if (this.#known.variableCount + this.#newVariables >= MAX_VARIABLES) {
        this.#dropped += 1;
        return undefined;
      }
      this.#newVariables += 1;
    }
    const { station, at } = this.#change;
    const id = stored ?? uuidv7();
    this.#variables.set(name.key, { id, station, name, characteristics, reportedAt: at, flags });
    return id;
  }

  /** Of one attribute told twice the newer value stands, of two as new the later one. */
  attribute(row: AttributeRow): void {
    const key = `${row.variableId} ${row.type}`;
    const planned = this.#attributes.get(key);
    if (planned === undefined) {
      this.#attributes.set(key, row);
      return;
    }
    const older = row.value === null || row.valueAt < planned.valueAt;
    const { value, valueCut, valueAt } = older ? planned : row;
    this.#attributes.set(key, {
      ...row,
      value,
      valueCut,
      valueAt,
      mutability: row.mutability ?? planned.mutability,
      persistent: row.persistent ?? planned.persistent,
      constant: row.constant ?? planned.constant,
      wanted: row.wanted ?? planned.wanted,
    });
  }

  /** What the station took: in effect now, or after its next restart. */
  setting({ name, type, value, valueCut, rebootRequired }: ModelChange['settings'][number]): void {
    const { at } = this.#change;
    const old = this.#oldValue(name, type);
    const id = this.variable(name, {});
    if (id === undefined) return;
    this.attribute({
      ...this.owner(id),
      type,
      value: rebootRequired ? null : value,
      valueCut: !rebootRequired && valueCut,
      valueAt: at,
      mutability: null,
      persistent: null,
      constant: null,
      wanted: { value: rebootRequired ? value : null, at },
    });
    // Whether a secret is another one than before cannot be seen.
    if (old?.value === value && value !== MASKED) return;
    this.#tell(
      { name, attributeType: type, oldValue: old?.value ?? null, newValue: value, rebootRequired, cause: 'set', at },
      null,
    );
  }

  /** An event tells the value as of its time. */
  event(event: PreparedEvent): void {
    const { name, actualValue, valueCut, valueAt } = event;
    const old = this.#oldValue(name, 'Actual');
    const id = this.variable(name, {});
    if (id === undefined) return;
    this.attribute({
      ...this.owner(id),
      type: 'Actual',
      value: actualValue,
      valueCut,
      valueAt,
      mutability: null,
      persistent: null,
      constant: null,
      wanted: null,
    });
    const isNewer = old !== undefined && (old.valueAt === null || old.valueAt <= valueAt);
    if (!isNewer || old.value === null || old.value === actualValue) return;
    this.#tell(
      {
        name,
        attributeType: 'Actual',
        oldValue: old.value,
        newValue: actualValue,
        rebootRequired: false,
        cause: 'event',
        at: valueAt,
      },
      event.id,
    );
  }

  monitor(row: MonitorRow): void {
    const isKnown = this.#known.monitorIds.has(row.id) || this.#monitors.has(row.id);
    if (!isKnown) {
      if (this.#known.monitorCount + this.#newMonitors >= MAX_MONITORS) {
        this.#dropped += 1;
        return;
      }
      this.#newMonitors += 1;
    }
    this.#monitors.set(row.id, row);
  }

  finish(): PlannedChange {
    const { part, answered, isWholeModel, at, unknown, clearedMonitors, events } = this.#change;
    const { report: before, variables, flags } = this.#known;
    const isTooMany = this.#dropped > 0;
    let report: ReportProgress | null = null;
    let isNewPart = false;
    if (part !== null) {
      const partFlags = isTooMany ? [...part.flags, 'too-many-variables'] : part.flags;
      const followed = followPart(before, { ...part, flags: partFlags });
      report = followed.progress;
      isNewPart = followed.isNew;
    } else if (answered !== null && before !== undefined) {
      report = followAnswer(before, answered.answer, at);
    }
    const covered = isNewPart && report?.status === 'complete' && report.coversAll ? report : null;
    const isFull = isWholeModel || covered?.kind === 'device';
    const sweepBefore = isWholeModel ? at : (covered?.firstPartAt ?? null);
    // Nothing to report: a station may have no monitors, but never no variables.
    const isWithoutMonitors =
      answered?.answer === 'empty' && report?.kind === 'monitoring' && report.coversAll && report.parts.length === 0;
    const isModelChanged =
      isFull || this.#newVariables > 0 || this.#newMonitors > 0 || (isTooMany && !flags.includes('too-many-variables'));
    return {
      variables: [...this.#variables.values()],
      attributes: [...this.#attributes.values()],
      // A name that is told and unknown in one breath is told.
      goneVariables: unknown.flatMap(({ key }) => (this.#variables.has(key) ? [] : (variables.get(key)?.id ?? []))),
      monitors: [...this.#monitors.values()],
      clearedMonitors,
      events,
      report,
      isNewPart,
      sweepVariablesBefore: isFull ? sweepBefore : null,
      sweepMonitorsBefore: covered?.kind === 'monitoring' ? sweepBefore : isWithoutMonitors ? at : null,
      model: isModelChanged
        ? {
            variableCount: this.#known.variableCount + this.#newVariables,
            monitorCount: this.#known.monitorCount + this.#newMonitors,
            flags: isTooMany ? [...new Set([...flags, 'too-many-variables'])] : flags,
            fullReportAt: isFull ? at : null,
          }
        : null,
      changes: this.#changes,
      dropped: this.#dropped,
    };
  }

  /** As it is before what comes next: several events of a message may be about one variable. */
  #oldValue(name: DeviceName, type: string): { value: string | null; valueAt: Instant | null } | undefined {
    const stored = this.#known.variables.get(name.key);
    const id = this.#variables.get(name.key)?.id ?? stored?.id;
    const planned = this.#attributes.get(`${id} ${type}`);
    const known = stored?.attributes.get(type);
    if (planned === undefined || planned.value === null) return known;
    const isOlder = known?.valueAt !== undefined && known.valueAt !== null && known.valueAt > planned.valueAt;
    return isOlder ? known : planned;
  }

  #tell(change: AttributeChange, eventId: Uuid | null): void {
    this.#changes.push({ change, eventId });
  }
}
