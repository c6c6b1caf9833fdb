import {
  type CreateAppBody,
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
    id: 'webinar',
    title: 'Webinar',
    description: 'A host and panelists speak; any number of attendees hear and see them without delay, and ask.',
    roles: ['host', 'panelist', 'attendee'],
  },
  {
    id: 'video_conferencing',
    title: 'Video Conferencing',
    description: 'Everybody sees and hears everybody, and shares screens. One of them keeps order.',
    roles: ['host', 'guest'],
  },
  {
    id: 'audio_room',
    title: 'Audio Room',
    description: 'Voices only: speakers on stage, listeners who may be asked up to speak.',
    roles: ['moderator', 'speaker', 'listener'],
  },
  {
    id: 'custom',
    title: 'Custom',
    description:
      'A conference of host and guests with viewers. The live stream is switched on by hand when it is wanted.',
    roles: ['host', 'guest', 'viewer'],
  },
];

/** Name of the HLS destination that kits make. */
export const DESTINATION = 'default';

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

type NewTemplate = Pick<CreateAppBody, 'region' | 'options'> & { name: string };

/** The template of a new app. */
export function templateOf({ kit, ...app }: Pick<CreateAppBody, 'kit'> & NewTemplate): TemplateBody {
  return MAKERS[kit](app);
}

const MAKERS: Record<CreateAppBody['kit'], (app: NewTemplate) => TemplateBody> = {
  live_streaming: liveStreamingTemplate,
  webinar: webinarTemplate,
  video_conferencing: conferenceTemplate,
  audio_room: audioRoomTemplate,
  custom: customTemplate,
};

function liveStreamingTemplate(app: NewTemplate): TemplateBody {
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

const ALL: readonly PublishKind[] = ['audio', 'video', 'screen'];

function webinarTemplate(app: NewTemplate): TemplateBody {
  return roomTemplate(app, ['host', 'panelist'], (stage) => [
    role('host', { publishes: ALL, hears: stage, permissions: EVERYTHING }),
    role('panelist', { publishes: ALL, hears: stage, permissions: AUDIENCE }),
    role('attendee', { hears: stage, permissions: AUDIENCE }),
  ]);
}

function conferenceTemplate(app: NewTemplate): TemplateBody {
  return roomTemplate(app, ['host', 'guest'], (everybody) => [
    role('host', { publishes: ALL, hears: everybody, permissions: EVERYTHING }),
    role('guest', { publishes: ALL, hears: everybody, permissions: AUDIENCE }),
  ]);
}

function audioRoomTemplate(app: NewTemplate): TemplateBody {
  return roomTemplate(app, ['moderator', 'speaker'], (stage) => [
    role('moderator', { publishes: ['audio'], hears: stage, permissions: EVERYTHING }),
    role('speaker', { publishes: ['audio'], hears: stage, permissions: AUDIENCE }),
    role('listener', { hears: stage, permissions: AUDIENCE }),
  ]);
}

function customTemplate(app: NewTemplate): TemplateBody {
  return roomTemplate(app, ['host', 'guest'], (stage) => [
    role('host', { publishes: ALL, hears: stage, permissions: EVERYTHING }),
    role('guest', { publishes: ALL, hears: stage, permissions: AUDIENCE }),
    role('viewer', { permissions: AUDIENCE }),
  ]);
}

/** Of a room that is not streamed until somebody wants it. @param stage roles that a stream of it would show */
function roomTemplate(
  app: NewTemplate,
  stage: readonly string[],
  roles: (stage: readonly string[]) => readonly { readonly name: string }[],
): TemplateBody {
  return template({ ...app, streaming: false, broadcasterRoles: stage, roles: roles(stage) });
}

function template(options: {
  readonly name: string;
  readonly region: CreateAppBody['region'];
  readonly roles: readonly { readonly name: string }[];
  readonly streaming: boolean;
  readonly broadcasterRoles: readonly string[];
}): TemplateBody {
  const { roles, broadcasterRoles } = options;
  const [keeper, ...others] = roles.map(({ name }) => name);
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
          // By the machine, at each start.
          layers: [],
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
    plugins: {
      whiteboard: {
        permissions: {
          admin: [keeper],
          writer: others.filter((name) => broadcasterRoles.includes(name)),
          reader: others.filter((name) => !broadcasterRoles.includes(name)),
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
