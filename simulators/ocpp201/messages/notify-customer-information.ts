import type { SimulatedStation201 } from '../station.ts';

const MAX_CHARACTERS = 512;

/** NotifyCustomerInformation (OCPP 2.0.1, N09): a text in parts of 512 characters. */
export async function notifyCustomerInformation(
  station: SimulatedStation201,
  requestId: number,
  text: string,
): Promise<void> {
  const generatedAt = station.clock.write(station.clock.now());
  const parts = Math.max(1, Math.ceil(text.length / MAX_CHARACTERS));
  for (let seqNo = 0; seqNo < parts; seqNo += 1) {
    const data = text.slice(seqNo * MAX_CHARACTERS, (seqNo + 1) * MAX_CHARACTERS);
    const tbc = seqNo < parts - 1;
    await station.call('NotifyCustomerInformation', { requestId, generatedAt, seqNo, tbc, data });
  }
}
