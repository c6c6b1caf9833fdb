import {
  type CreateAppBody,
  type HlsLayer,
  type KitView,
  type Permissions,
  type PublishKind,
  RECORDER_ROLE,
  type TemplateBody,
  templateBody,
} from '@amphi/protocol';

/** Starter kits: what an app is made from. The values follow the reference's Live Streaming preset. */

export const KITS: readonly KitView[] = [
  {
    id: 'live_streaming',
    title: 'Live Streaming',
    description: 'Broadcasters go live from the browser; the audience watches the composed stream and chats.',
    roles: ['broadcaster', 'hls-viewer'],
  },
  {
    id: 'custom',
    title: 'Custom',
    description: 'A conference of host and guests. The live stream is switched on by hand when it is wanted.',
    roles: ['host', 'guest', 'viewer'],
  },
];

/** Name of the HLS destination that kits make. */
export const DESTINATION = 'default';

type VideoAspectRatio = TemplateBody['destinations']['hlsDestinations'][string]['composition']['videoAspectRatio'];

/** Shorter side of the full and the lower rendition, with the video bitrate of a 16:9 picture in kbps. */
const RENDITIONS = [
  { shorterSide: 720, videoBitrate: 2048 },
  { shorterSide: 360, videoBitrate: 500 },
] as const;
const AUDIO_BITRATE_KBPS = 64;

/** The renditions of a stream of this shape, largest first: 720p and 360p, bitrates by the number of pixels. */
export function layersFor(aspectRatio: VideoAspectRatio): HlsLayer[] {
  const [across = 16, down = 9] = aspectRatio.split(':').map(Number);
  return RENDITIONS.map(({ shorterSide, videoBitrate }) => {
    const longerSide = even((shorterSide * Math.max(across, down)) / Math.min(across, down));
    const ofWide = longerSide / even((shorterSide * 16) / 9);
    return {
      width: across >= down ? longerSide : shorterSide,
      height: across >= down ? shorterSide : longerSide,
      videoBitrate: Math.round(videoBitrate * ofWide),
      audioBitrate: AUDIO_BITRATE_KBPS,
    };
  });
}

const even = (value: number): number => 2 * Math.round(value / 2);

const EVERYTHING: Permissions = {
  endRoom: true,
  removeOthers: true,
  mute: true,
  unmute: true,
  changeRole: true,
  sendRoomState: true,
  pollRead: true,
  pollWrite: true,
  hlsStreaming: true,
  rtmpStreaming: true,
  browserRecording: true,
};

const AUDIENCE = { sendRoomState: true, pollRead: true };

/** The template of a new app. */
export function templateOf(app: Pick<CreateAppBody, 'kit' | 'region' | 'options'> & { name: string }): TemplateBody {
  return app.kit === 'live_streaming' ? liveStreamingTemplate(app) : customTemplate(app);
}

function liveStreamingTemplate(app: Pick<CreateAppBody, 'region' | 'options'> & { name: string }): TemplateBody {
  const { webinarAudience, guestsOnStage } = app.options;
  const stage = ['broadcaster', ...(guestsOnStage ? ['viewer-on-stage'] : [])];
  return template({
    ...app,
    streaming: true,
    broadcasterRoles: stage,
    roles: [
      role('broadcaster', { publishes: ['audio', 'video', 'screen'], hears: stage, permissions: EVERYTHING }),
      ...(guestsOnStage
        ? [role('viewer-on-stage', { publishes: ['audio', 'video'], hears: stage, permissions: AUDIENCE })]
        : []),
      ...(webinarAudience ? [role('viewer-realtime', { hears: stage, permissions: AUDIENCE })] : []),
      role('hls-viewer', { permissions: AUDIENCE }),
    ],
  });
}

function customTemplate(app: Pick<CreateAppBody, 'region'> & { name: string }): TemplateBody {
  const stage = ['host', 'guest'];
  return template({
    ...app,
    streaming: false,
    broadcasterRoles: stage,
    roles: [
      role('host', { publishes: ['audio', 'video', 'screen'], hears: stage, permissions: EVERYTHING }),
      role('guest', { publishes: ['audio', 'video', 'screen'], hears: stage, permissions: AUDIENCE }),
      role('viewer', { permissions: AUDIENCE }),
    ],
  });
}

function template(options: {
  readonly name: string;
  readonly region: CreateAppBody['region'];
  readonly roles: readonly { readonly name: string }[];
  readonly streaming: boolean;
  readonly broadcasterRoles: readonly string[];
}): TemplateBody {
  return templateBody.parse({
    name: options.name,
    roles: Object.fromEntries(options.roles.map((item) => [item.name, item])),
    settings: {
      region: options.region,
      roomState: { enabled: true, messageInterval: 5, sendPeerList: true, stopRoomStateOnJoin: true },
    },
    destinations: {
      hlsDestinations: {
        [DESTINATION]: {
          name: DESTINATION,
          role: RECORDER_ROLE,
          layers: layersFor('16:9'),
          videoFrameRate: 30,
          enableMetadataInsertion: true,
          composition: {
            enabled: options.streaming,
            layout: 'grid',
            tileAspectRatio: '16:9',
            videoAspectRatio: '16:9',
            broadcasterRoles: options.broadcasterRoles,
          },
        },
      },
    },
  });
}

function role(
  name: string,
  options: {
    readonly publishes?: readonly PublishKind[];
    readonly hears?: readonly string[];
    readonly permissions: Partial<Permissions>;
  },
) {
  const publishes = options.publishes ?? [];
  const hears = options.hears ?? [];
  return {
    name,
    priority: publishes.length > 0 ? 1 : 2,
    permissions: options.permissions,
    publishParams: {
      allowed: publishes,
      audio: { bitRate: 32, codec: 'opus' },
      video: { bitRate: 700, codec: 'vp8', frameRate: 30, width: 1280, height: 720 },
      screen: { bitRate: 1024, codec: 'vp8', frameRate: 10, width: 1920, height: 1080 },
      simulcast: publishes.includes('video') ? { video: { layers: SIMULCAST_LAYERS }, screen: {} } : undefined,
    },
    subscribeParams: {
      subscribeToRoles: hears,
      maxSubsBitRate: 3200,
      subscribeDegradation:
        hears.length > 0
          ? { packetLossThreshold: 25, degradeGracePeriodSeconds: 1, recoverGracePeriodSeconds: 4 }
          : undefined,
    },
  };
}

const SIMULCAST_LAYERS = [
  { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 700, maxFramerate: 30 },
  { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 250, maxFramerate: 30 },
  { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 100, maxFramerate: 30 },
] as const;
