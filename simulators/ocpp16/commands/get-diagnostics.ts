import type { SimulatedStation } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** GetDiagnostics (OCPP 1.6, 5.9). */
export function getDiagnostics(
  station: SimulatedStation,
  request: CentralRequest<'GetDiagnostics'>,
): CommandAnswer<'GetDiagnostics'> {
  return { response: { fileName: station.diagnostics.getDiagnostics(request) } };
}
