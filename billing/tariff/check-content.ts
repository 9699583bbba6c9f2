import { defineError } from '@voltpile/kernel/errors';
import type { TariffForm, TariffWarning } from '../contract/stored-tariffs.ts';
import type { Tariff } from '../contract/tariff.ts';
import { isHalfHourTariff, type TariffContent, tariffContentSchema } from '../contract/tariff-content.ts';
import { toOcpiForm } from './ocpi-form.ts';
import { problemsWithStoring } from './storable-content.ts';
import { validateTariff } from './validate-tariff.ts';

export const invalidTariff = defineError('tariff.invalid', 'InvalidArgument', 'The tariff has mistakes.');

/** A content that may be published. */
export interface CheckedContent {
  readonly form: TariffForm;
  /** As it was given. */
  readonly entered: TariffContent;
  /** What it prices by. */
  readonly tariff: Tariff;
  readonly warnings: readonly TariffWarning[];
}

/**
 * Examines a tariff in either form before it is published.
 *
 * @throws InvalidArgument `tariff.invalid`: what can never be meant
 */
export function checkContent(given: unknown): CheckedContent {
  const read = tariffContentSchema.safeParse(given);
  if (!read.success) {
    throw invalidTariff({ problems: read.error.issues.map(({ path, message }) => problem(path.map(String), message)) });
  }
  const problems = problemsWithStoring(read.data);
  if (problems.length > 0) throw invalidTariff({ problems });
  const tariff = toOcpiForm(read.data);
  const findings = validateTariff(tariff);
  const mistakes = findings.filter(({ level }) => level === 'mistake');
  if (mistakes.length > 0) {
    throw invalidTariff({ problems: mistakes.map(({ path, message }) => problem(path.split('.'), message)) });
  }
  return {
    form: isHalfHourTariff(read.data) ? 'half-hour' : 'ocpi',
    entered: read.data,
    tariff,
    warnings: findings.map(({ kind, path, message }) => ({ kind, path, message })),
  };
}

/** As the API shows what is wrong field by field. */
function problem(path: readonly string[], message: string): string {
  return `/${path.join('/')} ${message}`;
}
