import type { types } from 'mediasoup';
import type { ConnectionState } from './contract.ts';

/** One state from those of ICE and DTLS, as a browser's `connectionState` would tell it. */
export function connectionState(ice: types.IceState, dtls: types.DtlsState): ConnectionState {
  if (ice === 'closed' || dtls === 'closed') return 'closed';
  if (dtls === 'failed') return 'failed';
  if (ice === 'disconnected') return 'disconnected';
  if (dtls === 'connected') return 'connected';
  return ice === 'new' && dtls === 'new' ? 'new' : 'connecting';
}
