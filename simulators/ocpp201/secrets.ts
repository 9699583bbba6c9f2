import type { CentralRequest } from './types.ts';

const HIDDEN = '(hidden)';

/** A command's payload as it may be shown: passwords of the station and of its networks are hidden. */
export function withoutSecrets(action: string, payload: object): unknown {
  switch (action) {
    case 'SetVariables': {
      const { setVariableData, ...rest } = payload as CentralRequest<'SetVariables'>;
      const isSecret = (name: string) => name.toLowerCase() === 'basicauthpassword';
      return {
        ...rest,
        setVariableData: setVariableData.map((data) =>
          isSecret(data.variable.name) ? { ...data, attributeValue: HIDDEN } : data,
        ),
      };
    }
    case 'SetNetworkProfile': {
      const request = payload as CentralRequest<'SetNetworkProfile'>;
      const { apn, vpn, ...connectionData } = request.connectionData;
      return {
        ...request,
        connectionData: {
          ...connectionData,
          ...(apn === undefined ? {} : { apn: HIDDEN }),
          ...(vpn === undefined ? {} : { vpn: HIDDEN }),
        },
      };
    }
    default:
      return payload;
  }
}
