import * as z from 'zod';
import { clientAnalytics } from '../client-report.ts';
import { compositionWish } from '../composition.ts';
import { outputResolution, rtmpUrls } from '../outputs.ts';
import { MAX_TIMED_METADATA, timedMetadata } from '../timed-metadata.ts';
import { boardMethods } from './board.ts';
import { iceCandidate, sessionDescription, trackState } from './objects.ts';
import {
  plainLayerParams,
  plainPublishParams,
  plainResumeParams,
  plainSubscribeParams,
  plainUnpublishParams,
  plainUnsubscribeParams,
} from './plain-media.ts';
import { pollMethods } from './polls.ts';

/** Public clients send what apps give them, of any form; where it counts it is judged. */
const meetingUrl = z.string().max(2048).optional();
const MAX_VARIANTS = 10;

/** People whom one message can name. */
export const MAX_MENTIONS = 20;

/** Client → server (client protocol, section 7): parameters by method. Unknown members are dropped. */

const trackMap = z
  .record(z.string(), trackState)
  .refine((tracks) => Object.keys(tracks).length <= 64, 'at most 64 tracks');

/** Longest `name` and `data` of a peer, and longest chat message, in UTF-16 units, as clients count. */
export const LIMITS = {
  name: 256,
  data: 16_384,
  message: 16_384,
  messageType: 128,
  /** What each of them may be as JSON, which is what is kept and sent: room for any script, not for escapes only. */
  textBytes: 65_536,
  frameBytes: 262_144,
  /** A data channel's requests are of some 150 bytes. */
  dataRequestBytes: 16_384,
} as const;

const encoder = new TextEncoder();

/** What a text weighs in a message to others. */
export function jsonBytes(text: string): number {
  return encoder.encode(JSON.stringify(text)).length;
}

/** A text that others are told: bounded in what people count, and in what it costs. */
const text = (maxUnits: number) =>
  z
    .string()
    // Not `max`, which counts code points.
    .refine((value) => value.length <= maxUnits, `at most ${maxUnits} characters`)
    .refine(
      // Six bytes for a unit at most: no need to count where even those fit.
      (value) => value.length * 6 + 2 <= LIMITS.textBytes || jsonBytes(value) <= LIMITS.textBytes,
      `at most ${LIMITS.textBytes} bytes as JSON`,
    );

/** Of the session store. */
const storeKey = z.string().min(1).max(128);
const pageSize = z.int().min(1).max(100).default(10);

const groupName = z.string().min(1).max(64);

/** As long as one can be; refusals repeat what was not found. */
const peerId = z.string().max(64);
const role = z.string().max(64);
const roles = z.array(role).max(64);
const issuedId = z.string().max(128);

/** As `on-record-update` names them. */
const recordingChoice = z.object({ type: z.enum(['Browser', 'HLS']).default('Browser') });

export const methods = {
  ping: z.object({ timestamp: z.number().optional() }),
  join: z.object({
    name: text(LIMITS.name).default(''),
    data: text(LIMITS.data).default(''),
    /** True: no video is forwarded before it is asked for. */
    disableVidAutoSub: z.boolean().default(false),
    server_sub_degrade: z.boolean().optional(),
    simulcast: z.boolean().optional(),
    /** True: there is no section for a video before it is asked for. */
    onDemandTracks: z.boolean().optional(),
    /** Absent for roles that neither publish nor subscribe. */
    offer: z.optional(sessionDescription('offer')),
  }),
  offer: z.object({
    desc: sessionDescription('offer'),
    tracks: trackMap.default({}),
    sfu_node_id: issuedId.optional(),
  }),
  answer: z.object({ desc: sessionDescription('answer'), sfu_node_id: issuedId.optional() }),
  trickle: z.object({
    target: z.union([z.literal(0), z.literal(1)]),
    candidate: z.nullable(iceCandidate),
    sfu_node_id: issuedId.optional(),
  }),
  'track-update': z.object({ tracks: trackMap }),
  leave: z.object({ client_reason: z.string().max(256).optional() }),
  analytics: clientAnalytics,
  'peer-update': z.object({
    name: text(LIMITS.name).optional(),
    data: text(LIMITS.data).optional(),
  }),
  broadcast: z.object({
    info: z.object({
      message: text(LIMITS.message),
      type: text(LIMITS.messageType).default('chat'),
      /** Peer ids of those whom the text names. Ours: other clients show the text as it is. */
      mentions: z.array(peerId).max(MAX_MENTIONS).optional(),
    }),
    roles: roles.optional(),
    peer_id: peerId.optional(),
  }),
  /** What was said before. Ours. */
  'chat-history': z.object({
    /** As the answer before says; absent: the newest ones. */
    before: z.int().min(0).optional(),
    limit: z.int().min(1).max(100).default(50),
  }),
  'role-change-request': z.object({
    requested_for: peerId.optional(),
    roles: roles.optional(),
    role,
    force: z.boolean().default(false),
  }),
  'role-change': z.object({ requested_by: peerId.optional(), role, token: issuedId }),
  'peer-leave-request': z.object({ requested_for: peerId, reason: text(256).default('') }),
  'group-join': z.object({ name: groupName }),
  'group-leave': z.object({ name: groupName }),
  'group-add': z.object({ name: groupName, peer_id: peerId }),
  'group-remove': z.object({ name: groupName, peer_id: peerId }),
  'set-metadata': z.object({
    key: storeKey,
    /** Any JSON; absent or null takes the value away. */
    data: z.unknown().optional(),
    /** The version that is to be replaced; 0 = no value. */
    if_change_version: z.int().min(0).optional(),
  }),
  'get-metadata': z.object({ key: storeKey.default('default') }),
  /** All keys that the peer wants to be told of from now on. */
  'listen-metadata-change': z.object({ keys: z.array(storeKey).max(100) }),
  'track-update-request': z.object({
    requested_for: peerId,
    track_id: z.string().max(128),
    stream_id: z.string().max(128).optional(),
    mute: z.boolean(),
  }),
  'change-track-mute-state-request': z.object({
    /** True: mute. */
    value: z.boolean(),
    type: z.enum(['audio', 'video']).optional(),
    source: z.string().max(64).optional(),
    roles: roles.optional(),
  }),
  'get-peer': z.object({ peer_id: peerId }),
  'find-peer': z.object({
    limit: pageSize,
    role: role.optional(),
    group: groupName.optional(),
    peerIds: z.array(peerId).max(100).optional(),
    /** The documented spelling of `peerIds`. */
    peers: z.array(peerId).max(100).optional(),
  }),
  'peer-iter-next': z.object({ iterator: z.string().max(256), limit: pageSize }),
  'peer-name-search': z.object({
    query: z.string().max(256).default(''),
    limit: pageSize,
    /** As the answer before says; 0 = from the beginning. */
    offset: z.int().min(0).default(0),
  }),
  ...pollMethods,
  /** The whiteboard. Ours. */
  ...boardMethods,
  'end-room': z.object({ lock: z.boolean().default(false), reason: z.string().max(256).default('') }),
  'hls-start': z.object({
    /** Pages to be shown in place of the stage, of which the first counts; where web composition is off the stage is composed. */
    variants: z
      .array(z.object({ meeting_url: meetingUrl }))
      .max(MAX_VARIANTS)
      .optional(),
    /** In place of what the destination says. */
    hls_recording: z
      .object({
        single_file_per_layer: z.boolean().default(false),
        hls_vod: z.boolean().default(false),
      })
      .optional(),
  }),
  'hls-stop': z.object({ stop_reason: z.string().max(256).optional() }),
  /** Messages to viewers of the stream, at the moment of asking. */
  'hls-timed-metadata': z.object({
    metadata_objs: z.array(timedMetadata).min(1).max(MAX_TIMED_METADATA),
    metadata_id: z.string().max(128).optional(),
  }),
  /**
   * A recording of the composed stage (`record` alone), or what is sent to other platforms: to those URLs, or without any
   * to those of the template's RTMP destination, which then also says whether it is recorded unless `record` does.
   */
  'rtmp-start': z.object({
    rtmp_urls: rtmpUrls.default([]),
    record: z.boolean().optional(),
    meeting_url: meetingUrl,
    resolution: outputResolution.optional(),
  }),
  'rtmp-stop': z.object({}),
  /** Leaves out of a recording what comes from now on; `on-record-update` says when it does. Ours. */
  'recording-pause': recordingChoice,
  /** Takes it in again, from the next segment on; `on-record-update` says when it does. Ours. */
  'recording-resume': recordingChoice,
  /**
   * Draws the running stream otherwise, or else the next one; what is missing stays as it is, so that nothing but asks.
   * The answer is all of it (`compositionInfo`). Ours.
   */
  'hls-composition': compositionWish,
  'plain-subscribe': plainSubscribeParams,
  'plain-resume': plainResumeParams,
  'plain-layer': plainLayerParams,
  'plain-unsubscribe': plainUnsubscribeParams,
  'plain-publish': plainPublishParams,
  'plain-unpublish': plainUnpublishParams,
} as const;

export type MethodName = keyof typeof methods;
export type MethodParams<Name extends MethodName> = z.output<(typeof methods)[Name]>;

export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(methods, name);
}

/** What an answer may repeat as the request's id. */
export const requestId = z.union([z.string().max(128), z.number()]);
export type RequestId = z.infer<typeof requestId>;

const withId = z.object({ id: requestId });

/** The id of a message that is malformed otherwise, when it is one that may be repeated. */
export function echoableId(message: unknown): RequestId | undefined {
  return withId.safeParse(message).data?.id;
}

/** A frame from a client. `jsonrpc` is not required: public clients leave it out of notifications. */
export const clientFrame = z.object({
  method: z.string().max(64),
  params: z.unknown().optional(),
  id: requestId.optional(),
});

/** Requests on the subscribe connection's data channel (client protocol, 6.5). */
export const dataChannelRequest = z.discriminatedUnion('method', [
  z.object({
    id: requestId,
    method: z.literal('prefer-video-track-state'),
    params: z.object({ track_id: z.string().max(128), max_spatial_layer: z.enum(['none', 'low', 'medium', 'high']) }),
  }),
  z.object({
    id: requestId,
    method: z.literal('prefer-audio-track-state'),
    params: z.object({ track_id: z.string().max(128), subscribed: z.boolean() }),
  }),
]);

export type DataChannelRequest = z.infer<typeof dataChannelRequest>;
export type SpatialLayerName = 'none' | 'low' | 'medium' | 'high';
