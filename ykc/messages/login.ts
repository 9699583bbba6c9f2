import { ascii, bytes, pileNo, scaled, u8 } from '../fields/notation.ts';
import { down, up } from './message.ts';

/** First after the connection is made; repeated until accepted. */
export const login = up(0x01, 'login', 0x02, {
  pileNo,
  pileType: u8({ meanings: { 0: 'DC', 1: 'AC' } }),
  guns: u8(),
  protoVer: scaled(1, 1, ''),
  swVersion: ascii(8),
  netType: u8({ meanings: { 0: 'SIM', 1: 'LAN', 2: 'WAN', 3: 'other' } }),
  /** Nominally 20 digits; letters occur; zeros when unknown. */
  sim: bytes(10),
  carrier: u8({ meanings: { 0: 'China Mobile', 2: 'China Telecom', 3: 'China Unicom', 4: 'other' } }),
});

export const loginReply = down(0x02, 'login reply', null, {
  pileNo,
  result: u8({ meanings: { 0: 'accepted', 1: 'refused' } }),
});
