import type { FactReport } from '../contract/station-port.ts';
import type { StationWriter } from '../stations/station-writer.ts';
import { storeFact } from './store-fact.ts';

/** Something that is kept for the record only. */
export async function factReported(writer: StationWriter, { origin, kind, detail }: FactReport): Promise<void> {
  await storeFact(writer, origin, { kind, type: 'fact.reported', detail: { kind, ...detail } });
}
