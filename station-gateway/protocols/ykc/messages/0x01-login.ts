import { login, loginReply } from '@voltpile/ykc/messages/login';
import type { YkcMessage } from '../message.ts';
import { printable } from '../values/text.ts';

const ACCEPTED = 0;
const REFUSED = 1;
/** Of a pile without a SIM card. */
const NO_CARD = /^(?:0*|f*)$/;
const PILE_TYPES: Readonly<Record<number, string>> = { 0: 'DC', 1: 'AC' };

/**
 * 0x01 (V1.6 §6, answer 0x02): the pile has power, or its connection is new. The domain has let it in already. One that is not accepted yet is
 * refused, and asks again by itself.
 */
export const loginMessage: YkcMessage<typeof login.fields> = {
  table: login,
  tells: ['booted'],
  async handle(values, exchange) {
    const { pile } = exchange;
    const iccid = NO_CARD.test(values.sim) ? null : values.sim;
    const { link } = pile;
    // The field can be forged: a sign, not a proof.
    if (exchange.turn.attempt === 1 && iccid !== null && pile.iccid !== null && pile.iccid !== iccid) {
      link.reportSecurityEvent('SimCardChanged', `from ${pile.iccid} to ${iccid}`, exchange.frame);
    }
    const decision = await exchange.port.booted({
      origin: exchange.origin(),
      vendor: null,
      model: modelOf(values.pileType, values.guns),
      serialNumber: null,
      firmwareVersion: printable(values.swVersion),
      iccid,
      imsi: null,
      meterType: null,
      meterSerialNumber: null,
    });
    // A pile that logs in again over its connection has changed no card.
    pile.iccid = iccid ?? pile.iccid;
    const isAccepted = decision.status === 'Accepted';
    exchange.answer(loginReply, { pileNo: values.pileNo, result: isAccepted ? ACCEPTED : REFUSED });
    pile.isAccepted = isAccepted;
    if (isAccepted) pile.greet();
    else pile.link.leave('not accepted', 'requested');
  },
};

/** All that a pile tells about what it is. */
function modelOf(pileType: number, guns: number): string {
  return `${PILE_TYPES[pileType] ?? `type ${pileType}`}, ${guns} ${guns === 1 ? 'gun' : 'guns'}`;
}
