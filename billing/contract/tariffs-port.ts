import type { TariffContent } from './tariff-content.ts';
import type { TariffFinding } from './tariff-finding.ts';
import type { PreviewSession, PricedSession } from './tariff-preview.ts';

/** Tariffs that are tried; none is stored. */
export interface TariffsPort {
  /** What a session would cost. Periods are taken as they are given: each is priced by how things are at its start. */
  preview(tariff: TariffContent, session: PreviewSession): Promise<PricedSession>;
  /** What is to say about a tariff as JSON, be it one or not; empty when nothing is. At most a hundred findings, and one that tells of more. */
  validate(tariff: unknown): Promise<readonly TariffFinding[]>;
}
