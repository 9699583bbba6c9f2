/** Why a connector alone cannot be named (EVSEType, OCPP 2.0.1 Part 2 §2.25). */
export const EVSE_NEEDED = { unsendable: 'A connector is named together with its EVSE.' } as const;
