import { login, loginReply } from '@voltpile/ykc/messages/login';
import type { SimulatedPile } from '../pile.ts';

const RETRY_SECONDS = 10;
const LAN = 1;
const OTHER_CARRIER = 4;
const TYPES = { DC: 0, AC: 1 } as const;
const VERSIONS = { 'V1.5': 15, 'V1.6': 16 } as const;

/** @returns whether the pile may stay @throws connectionLost, callTimedOut */
export async function sendLogin(pile: SimulatedPile): Promise<boolean> {
  const { iccid = '' } = pile.facts;
  const { result } = await pile.ask(
    login,
    {
      pileNo: pile.identity,
      pileType: TYPES[pile.type],
      guns: pile.chargingConnectors.length,
      protoVer: VERSIONS[pile.protocolVersion],
      swVersion: pile.firmware.version.slice(0, 8),
      netType: iccid === '' ? LAN : 0,
      // Letters beyond those of hex numbers do not fit.
      sim: iccid
        .replaceAll(/[^0-9a-f]/gi, '0')
        .slice(0, 20)
        .padEnd(20, '0'),
      carrier: iccid === '' ? OTHER_CARRIER : 0,
    },
    loginReply,
    { seconds: RETRY_SECONDS },
  );
  return result === 0;
}
