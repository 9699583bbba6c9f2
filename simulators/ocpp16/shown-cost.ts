import type { CentralRequest } from './types.ts';

/** What a charge costs, as the display shows it. */
export interface ShownCost {
  readonly transactionId: number;
  readonly cost: number;
  readonly isFinal: boolean;
}

export const COST_VENDOR = 'org.openchargealliance.costmsg';

const FINAL = 'FinalCost';
const RUNNING = 'RunningCost';

/**
 * Reads RunningCost and FinalCost (Open Charge Alliance, “OCPP & California Pricing Requirements”, for OCPP 1.6).
 *
 * @returns undefined for another message, or one without what it must have
 */
export function readCost({ messageId, data }: CentralRequest<'DataTransfer'>): ShownCost | undefined {
  if (messageId !== FINAL && messageId !== RUNNING) return undefined;
  const told = read(data ?? '');
  const { transactionId, cost } = told;
  if (!Number.isInteger(transactionId) || typeof cost !== 'number') return undefined;
  const isWhole =
    messageId === FINAL
      ? typeof told.priceText === 'string'
      : typeof told.timestamp === 'string' && Number.isInteger(told.meterValue) && typeof told.state === 'string';
  return isWhole ? { transactionId: transactionId as number, cost, isFinal: messageId === FINAL } : undefined;
}

function read(data: string): Readonly<Record<string, unknown>> {
  try {
    const told: unknown = JSON.parse(data);
    return typeof told === 'object' && told !== null ? (told as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
