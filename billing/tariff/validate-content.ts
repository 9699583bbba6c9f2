import { isHalfHourTariff, tariffContentSchema } from '../contract/tariff-content.ts';
import type { TariffFinding } from '../contract/tariff-finding.ts';
import { toOcpiForm } from './ocpi-form.ts';
import { tellMistakes, validateTariff } from './validate-tariff.ts';

/** What is to say about a tariff in either form, as JSON: mistakes of its form, or else what its elements do to each other. */
export function validateContent(json: unknown): TariffFinding[] {
  const read = tariffContentSchema.safeParse(json);
  if (!read.success) return tellMistakes(read.error);
  return validateTariff(isHalfHourTariff(read.data) ? toOcpiForm(read.data) : json);
}
