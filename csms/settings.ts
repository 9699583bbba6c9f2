import { defineSettings } from '@voltpile/platform/config/setting';
import { oneOf, seconds, wholeNumber, yesOrNo } from '@voltpile/platform/config/setting-types';

/** What an operator may set about the stations' domain. */
export const CSMS_SETTINGS = defineSettings({
  askForDeviceReports: {
    name: 'VOLTPILE_ASK_FOR_DEVICE_REPORTS',
    type: yesOrNo,
    default: '1',
    change: 'live',
    description: 'ask stations of OCPP 2.x for their device model when it is not known or their firmware has changed',
  },
  commandTimeoutSeconds: {
    name: 'VOLTPILE_COMMAND_TIMEOUT_SECONDS',
    type: seconds(3600),
    default: '30',
    unit: 's',
    change: 'live',
    description: 'how long a command waits for the station’s answer when its giver does not say',
  },
  heartbeatIntervalSeconds: {
    name: 'VOLTPILE_HEARTBEAT_INTERVAL_SECONDS',
    type: wholeNumber(1, 86_400),
    default: '300',
    unit: 's',
    change: 'live',
    description: 'what accepted stations are told; a station may have its own',
  },
  onboarding: {
    name: 'VOLTPILE_ONBOARDING',
    type: oneOf(['pending', 'accept', 'reject']),
    default: 'pending',
    change: 'live',
    description:
      'what becomes of a station that nobody has registered: `pending` (an operator approves it), `accept`, `reject`',
  },
});
