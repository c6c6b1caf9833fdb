import { defineFuzzTarget, mutatedJson } from '@amphi/testkit/fuzz';
import { readDataRequest } from '../../src/sessions/data-requests.ts';

const requests = [
  { id: '1', method: 'prefer-video-track-state', params: { track_id: 'v', max_spatial_layer: 'low' } },
  { id: 'a-b', jsonrpc: '2.0', method: 'prefer-audio-track-state', params: { track_id: 'a', subscribed: true } },
];

/** A text message of the data channel: a request, or refused under an id that may be repeated. */
export default defineFuzzTarget({
  inputs: mutatedJson(requests),
  inputsInTests: 400,
  check(text) {
    const reading = readDataRequest(text);
    if (reading.kind === 'ignored') return;
    const { id } = reading;
    if (typeof id !== 'number' && !(typeof id === 'string' && id.length <= 128)) throw new Error('an id beyond bounds');
    if (reading.kind === 'refused' && (reading.error.code < 400 || reading.error.code >= 500)) {
      throw new Error(`refused with ${reading.error.code}`);
    }
  },
});
