/** Why what was composed has been stopped, as back ends are told of it (server API, 5.6). */
export type StopReason = 'client request' | 'max duration reached' | 'last peer left' | 'room ended';
