import { UNITS_PER_KWH } from '../rating/compile-tariff.ts';
import { EVERYTHING, type Interval, type Region } from './region.ts';

const DAY_NAMES = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
const MS_PER_DAY = 86_400_000;

/** `on Saturday and Sunday from 20:00 to 24:00, from 10 kWh on`; `at any time` for everything. */
export function describeRegion(region: Region): string {
  const { minutes, weekdays, dates, energy, elapsedMs, current, power } = region;
  const clock = [
    weekdays === EVERYTHING.weekdays ? '' : `on ${join(DAY_NAMES.filter((_, day) => (weekdays & (1 << day)) !== 0))}`,
    minutes.from === 0 && minutes.until === EVERYTHING.minutes.until
      ? ''
      : `from ${time(minutes.from)} to ${time(minutes.until)}`,
  ];
  const parts = [
    clock.filter((part) => part !== '').join(' '),
    between(dates, EVERYTHING.dates, date, ''),
    between(energy, EVERYTHING.energy, (units) => String(units / Number(UNITS_PER_KWH)), ' kWh'),
    between(elapsedMs, EVERYTHING.elapsedMs, (ms) => String(ms / 1000), ' s of the session'),
    electric(current, EVERYTHING.current, 'current', ' A'),
    electric(power, EVERYTHING.power, 'power', ' kW'),
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'at any time' : parts.join(', ');
}

function electric(interval: Interval, whole: Interval, noun: string, unit: string): string {
  if (interval.until === 0) return `while nobody knows the ${noun}`;
  return between(interval, whole, (value) => String(value / 1e6), unit);
}

function between({ from, until }: Interval, whole: Interval, show: (value: number) => string, unit: string): string {
  if (from === whole.from && until === whole.until) return '';
  if (from === whole.from) return `before ${show(until)}${unit}`;
  return until === whole.until ? `from ${show(from)}${unit} on` : `from ${show(from)} to ${show(until)}${unit}`;
}

function time(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

function date(day: number): string {
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 10);
}

function join(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
