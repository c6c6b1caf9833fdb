import type { MethodName } from '@amphi/protocol';

/** Of a role that may do all there is to do. */
export const EVERY_PERMISSION = {
  endRoom: true,
  changeRole: true,
  removeOthers: true,
  mute: true,
  unmute: true,
  hlsStreaming: true,
  browserRecording: true,
  pollRead: true,
  pollWrite: true,
};

/** Well-formed calls of every method, for tests that make them wrong in each way. */

const sdp = JSON.stringify({ session: 'pub', version: 1, tracks: [], ufrag: 'u' });
const offer = { type: 'offer', sdp };
export const TRACK = { track_id: 'a1', stream_id: 's', type: 'audio', source: 'regular', description: '', mute: false };
const image = 'data:image/png;base64,AAAA';
export const NOBODY = 'nobody-there';
const POLL = 'poll-0001';
const BOARD = 'board-0001';

/** One of each. Those that name a peer, a track, a poll or a role name one that is not there. */
export const CALLS: { readonly [Name in MethodName]: Readonly<Record<string, unknown>> } = {
  ping: { timestamp: 1 },
  join: { name: 'Ann', data: '', disableVidAutoSub: true, offer },
  offer: { desc: offer, tracks: { a1: TRACK }, sfu_node_id: 'sfu-test-1' },
  answer: { desc: { type: 'answer', sdp: 'x' } },
  trickle: { target: 0, candidate: { candidate: '' } },
  'track-update': { tracks: { a1: TRACK } },
  leave: { client_reason: 'bye' },
  analytics: {},
  'peer-update': { name: 'Ann', data: '{}' },
  broadcast: { info: { message: 'hi', type: 'chat' }, peer_id: NOBODY },
  'chat-history': { before: 9, limit: 10 },
  'role-change-request': { requested_for: NOBODY, role: 'hls-viewer', force: true },
  'role-change': { requested_by: NOBODY, role: 'hls-viewer', token: 'made-up' },
  'peer-leave-request': { requested_for: NOBODY, reason: 'why not' },
  'group-join': { name: 'g' },
  'group-leave': { name: 'g' },
  'group-add': { name: 'g', peer_id: NOBODY },
  'group-remove': { name: 'g', peer_id: NOBODY },
  'set-metadata': { key: 'k', data: 1, if_change_version: 9 },
  'get-metadata': { key: 'k' },
  'listen-metadata-change': { keys: ['k'] },
  'track-update-request': { requested_for: NOBODY, track_id: 'a1', stream_id: 's', mute: true },
  'change-track-mute-state-request': { value: true, type: 'audio', source: 'regular', roles: ['emperor'] },
  'get-peer': { peer_id: NOBODY },
  'find-peer': { limit: 10, role: 'hls-viewer', group: 'g', peerIds: [NOBODY], peers: [NOBODY] },
  'peer-iter-next': { iterator: 'made-up', limit: 10 },
  'peer-name-search': { query: 'a', limit: 10, offset: 0 },
  'poll-info-set': { poll_id: POLL, title: 'T', type: 'poll', vote: ['emperor'] },
  'poll-questions-set': { poll_id: POLL, questions: [{ question: { index: 1, type: 'short-answer', text: 'x' } }] },
  'poll-questions-get': { poll_id: POLL, index: 0, count: 10 },
  'poll-start': { poll_id: POLL },
  'poll-stop': { poll_id: POLL },
  'poll-response': { poll_id: POLL, responses: [{ question: 1, type: 'short-answer', text: 'x', duration: 1 }] },
  'poll-responses': { poll_id: POLL, index: 0, count: 10, self: true },
  'poll-result': { poll_id: POLL },
  'poll-list': { state: 'started', count: 10 },
  'poll-leaderboard': { poll_id: POLL, count: 10, offset: 0 },
  'board-open': { fresh: true },
  'board-close': { board_id: BOARD },
  'board-draw': { board_id: BOARD, changes: [{ id: 'e', version: 1, nonce: 1, data: { x: 1 } }] },
  'board-get': { board_id: BOARD, after: 0 },
  'end-room': { lock: false, reason: 'late' },
  'hls-start': {},
  'hls-stop': { stop_reason: 'over' },
  'hls-timed-metadata': { metadata_objs: [{ payload: 'x', duration: 5 }] },
  'hls-composition': { layout: 'grid' },
  'rtmp-start': { record: true },
  'rtmp-stop': {},
  'recording-pause': { type: 'HLS' },
  'recording-resume': { type: 'Browser' },
  'plain-subscribe': { track_id: 'a1', ip: '127.0.0.1', port: 5004 },
  'plain-resume': { subscription_id: 's' },
  'plain-layer': { subscription_id: 's', preferred_spatial_layer: 0 },
  'plain-unsubscribe': { subscription_id: 's' },
  'plain-publish': { ip: '127.0.0.1', port: 5006 },
  'plain-unpublish': { publication_id: 'p' },
};

/** What those leave out. Not all of it makes sense together: it is only read. */
const REST: { readonly [Name in MethodName]?: Readonly<Record<string, unknown>> } = {
  join: { server_sub_degrade: true, simulcast: true, onDemandTracks: false },
  answer: { sfu_node_id: 'sfu-test-1' },
  trickle: { sfu_node_id: 'sfu-test-1' },
  analytics: { name: 'publish.failed', info: {} },
  broadcast: { info: { message: 'hi', type: 'chat', mentions: [NOBODY] }, roles: ['emperor'] },
  'role-change-request': { roles: ['emperor'] },
  'poll-info-set': {
    duration: 60,
    anonymous: true,
    visibility: true,
    locked: false,
    mode: 'userid',
    responses: ['emperor'],
  },
  'poll-questions-set': {
    questions: [
      {
        question: { index: 1, type: 'single-choice', text: 'x', skippable: true, duration: 10, weight: 2 },
        options: [{ index: 1, text: 'a', weight: 1 }],
        answer: { hidden: true, option: 1, options: [1], text: 'a', case: true, trim: true },
      },
    ],
  },
  'poll-response': {
    responses: [
      {
        question: 1,
        type: 'short-answer',
        duration: 1,
        option: 1,
        options: [1],
        text: 'x',
        skipped: false,
        update: false,
      },
    ],
  },
  'poll-list': { start: 'x' },
  'hls-start': {
    variants: [{ meeting_url: 'https://stage.example.org' }],
    hls_recording: { single_file_per_layer: true, hls_vod: true },
  },
  'hls-timed-metadata': { metadata_id: 'm' },
  'hls-composition': {
    tileAspectRatio: '1:1',
    videoAspectRatio: '9:16',
    tileFit: 'crop',
    gap: 4,
    margin: 4,
    showNames: true,
    backgroundColor: '#000000',
    backgroundImage: image,
    logo: { image, corner: 'top_left' },
    standByText: 'Soon',
    standBy: false,
  },
  'rtmp-start': {
    rtmp_urls: ['rtmp://live.example.org/app/key'],
    meeting_url: 'https://stage.example.org',
    resolution: { width: 1280, height: 720 },
  },
  'plain-subscribe': { preferred_spatial_layer: 0 },
};

/** With every field there is, nested ones too. */
export function fullCall(name: MethodName): Readonly<Record<string, unknown>> {
  return { ...CALLS[name], ...REST[name] };
}
