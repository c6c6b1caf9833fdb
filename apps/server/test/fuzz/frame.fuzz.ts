import { defineFuzzTarget, mutatedJson } from '@amphi/testkit/fuzz';
import { readFrame, serializeError } from '../../src/signaling/frames.ts';

const track = { track_id: 't', stream_id: 's', type: 'video', source: 'regular', description: '', mute: false };
const desc = { type: 'offer', sdp: 'v=0\r\n' };

const frames = [
  { method: 'join', params: { name: 'Mia', data: '{"a":1}', disableVidAutoSub: true, offer: desc }, id: 'a-1' },
  { method: 'offer', params: { desc, tracks: { t: track }, sfu_node_id: 'n' }, id: 'a-2', jsonrpc: '2.0' },
  { method: 'trickle', params: { target: 0, candidate: { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 } } },
  { method: 'track-update', params: { tracks: { t: track } } },
  { method: 'broadcast', params: { info: { message: 'hello', type: 'chat' }, roles: ['host'] }, id: 7 },
  { method: 'role-change-request', params: { requested_for: 'p', role: 'host', force: true }, id: 'a-3' },
  { method: 'hls-start', params: { variants: [{ meeting_url: 'https://example.org' }] }, id: 'a-4' },
  { method: 'plain-subscribe', params: { track_id: 't', ip: '127.0.0.1', port: 5000 }, id: 'a-5' },
];

/** What an error may hold of the input is bounded, whatever the input. */
const LONGEST_ANSWER_BYTES = 8_192;

/** A text frame of a client: read or refused in our own words, shortly. */
export default defineFuzzTarget({
  inputs: mutatedJson(frames),
  inputsInTests: 400,
  check(text) {
    const reading = readFrame(Buffer.from(text));
    if (reading.kind !== 'refused') return;
    const { code, message } = reading.error;
    if (code < 400 || code >= 500) throw new Error(`refused with ${code}`);
    if (/call stack|is not a function|at .*\.ts:/.test(message)) throw new Error(`words of the runtime: ${message}`);
    const answer = serializeError(reading.id, reading.error);
    const bytes = Buffer.byteLength(answer);
    if (bytes > LONGEST_ANSWER_BYTES) throw new Error(`an answer of ${bytes} bytes`);
  },
});
