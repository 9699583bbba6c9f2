import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** GetDiagnostics (OCPP 1.6, 5.9). */
export function getDiagnostics(
  station: SimulatedStation16,
  request: CentralRequest<'GetDiagnostics'>,
): CommandAnswer<'GetDiagnostics'> {
  return { response: { fileName: station.diagnostics.getDiagnostics(request) } };
}
