import * as z from 'zod';
import { outputResolution, rtmpUrls } from './outputs.ts';
import {
  permissions,
  publishParams,
  type Role,
  role,
  roleName,
  screenParams,
  simulcastLayer,
  subscribeParams,
  videoParams,
} from './role.ts';
import {
  alternatePicture,
  browserRecording,
  hlsDestination,
  recordingConfiguration,
  rtmpDestination,
  sessionRecording,
  type TemplateBody,
  templateBody,
  templateName,
  templateSettings,
  transcription,
  upload,
} from './template.ts';
import { whiteboardPlugin } from './whiteboard.ts';

/**
 * Templates as back ends write them (server API, 2.4 and 3). Two readings of what is missing: in a request it is the
 * documented default, by which a role may start streams; in a template that was exported it is false, 0 or empty, as
 * that is what exports leave out.
 */

/** More of a kind make no sense to a person who is to choose among them. */
const MAX_ROLES = 50;
const MAX_DESTINATIONS = 10;

/** `simulcast` says of old what `simulcast.video.layers` says now. */
const publishKinds = z
  .array(z.enum(['audio', 'video', 'screen', 'simulcast']))
  .max(10)
  .transform((kinds) => [...new Set(kinds)].filter((kind) => kind !== 'simulcast'));

const ORDER = ['f', 'h', 'q'];

const simulcastLayers = z.object({
  layers: z
    .array(simulcastLayer)
    .max(3)
    .superRefine((layers, context) => {
      layers.forEach((layer, index) => {
        const before = layers[index - 1];
        const issue = (field: string, message: string) =>
          context.addIssue({ code: 'custom', path: [index, field], message });
        if (!before) {
          if (layer.rid !== 'f') issue('rid', 'the first layer is "f"');
          if (layer.scaleResolutionDownBy !== 1) issue('scaleResolutionDownBy', '1 in the first layer');
          return;
        }
        if (ORDER.indexOf(layer.rid) <= ORDER.indexOf(before.rid)) issue('rid', 'in the order f, h, q, each once');
        if (layer.scaleResolutionDownBy <= before.scaleResolutionDownBy) {
          issue('scaleResolutionDownBy', `more than the ${before.scaleResolutionDownBy} of the layer before`);
        }
      });
    })
    .optional(),
});
const simulcast = z.object({ video: simulcastLayers.default({}), screen: simulcastLayers.default({}) });

/** What is said of whatever kind of media, with the given way to read what is missing. */
const importedPublishParams = z.object({
  ...publishParams.shape,
  allowed: publishKinds.default([]),
  simulcast: simulcast.prefault({}),
});

/** A missing object stands for what the public API makes of `{}`; a missing field in an object for the field's own. */
const writtenPublishParams = importedPublishParams.extend({
  video: z.prefault(videoParams, { bitRate: 250, frameRate: 30, width: 480, height: 270 }),
  screen: z.prefault(screenParams, { width: 1920, height: 1080 }),
});

const writtenPermissions = z.object({
  ...permissions.shape,
  hlsStreaming: z.boolean().default(true),
  rtmpStreaming: z.boolean().default(true),
  browserRecording: z.boolean().default(true),
});

/** A role of a request: created, or put in the place of the one there is. Another `name` than the path's renames it. */
export const roleBody = z.object({
  ...role.shape,
  name: z.optional(roleName),
  publishParams: writtenPublishParams.prefault({ allowed: ['audio', 'video', 'screen'] }),
  subscribeParams: z.prefault(subscribeParams, { subscribeDegradation: {} }),
  permissions: writtenPermissions.prefault({ hlsStreaming: false, rtmpStreaming: false, browserRecording: false }),
});

const importedRole = z.object({
  ...role.shape,
  name: z.optional(roleName),
  publishParams: importedPublishParams.prefault({}),
});

interface Named {
  readonly name?: string | undefined;
}

/** Things by their names: the inner one may be left out, and is never another. */
function byName<Item extends z.ZodType<Named>>(name: z.core.$ZodType<string, string>, item: Item, max: number) {
  return z
    .record(name, item)
    .superRefine((items, context) => {
      const entries = Object.entries(items) as [string, Named][];
      if (entries.length > max) context.addIssue({ code: 'custom', message: `at most ${max}` });
      for (const [key, { name }] of entries) {
        if (name !== undefined && name !== key) {
          context.addIssue({ code: 'custom', path: [key, 'name'], message: `"${key}", under which it is listed` });
        }
      }
    })
    .transform((items) => {
      const entries = Object.entries(items) as [string, z.output<Item>][];
      return Object.fromEntries(entries.map(([key, value]) => [key, { ...value, name: key }]));
    });
}

const SIDES = 'a smaller side of 144 to 1080 pixels and a larger one of 192 to 1920';

/** `{}` stands for a layer that nothing is said of. Where nothing is said of any, the machine chooses. */
function withoutEmpty(given: unknown): unknown {
  if (!Array.isArray(given)) return given;
  return given.filter((layer) => layer === null || typeof layer !== 'object' || Object.keys(layer).length > 0);
}

const layers = z.preprocess(
  withoutEmpty,
  hlsDestination.shape.layers.superRefine((given, context) => {
    given.forEach(({ width, height }, index) => {
      if (Math.min(width, height) > 1080 || Math.max(width, height) < 192) {
        context.addIssue({ code: 'custom', path: [index], message: SIDES });
      }
      const before = given[index - 1];
      if (before && width * height > before.width * before.height) {
        context.addIssue({ code: 'custom', path: [index], message: 'no more pixels than the layer before' });
      }
    });
  }),
);

/** What is kept of a stream has to be of it, and in a form that is made. */
function checkKept(
  { layers: made, recording }: Pick<z.infer<typeof hlsDestination>, 'layers' | 'recording'>,
  context: z.RefinementCtx,
): void {
  const refuse = (path: (string | number)[], message: string): void =>
    context.addIssue({ code: 'custom', path: ['recording', ...path], message });
  if (recording?.enableZipUpload)
    refuse(['enableZipUpload'], 'false: a stream is kept as it is played, and not as a zip');
  recording?.layers?.forEach(({ width, height }, index) => {
    // Where none is named the machine chooses, at each start.
    if (made.length === 0 || made.some((layer) => layer.width === width && layer.height === height)) return;
    const sizes = made.map((layer) => `${layer.width}×${layer.height}`).join(', ');
    refuse(['layers', index], `the width and height of a layer of the stream: ${sizes}`);
  });
}

/** Players choose among the renditions of one codec: who gets AV1 has to find the largest picture there, too. */
function checkAv1(
  { layers: made, av1 }: Pick<z.infer<typeof hlsDestination>, 'layers' | 'av1'>,
  context: z.RefinementCtx,
): void {
  const [first] = av1?.layers ?? [];
  if (!first) return;
  const refuse = (path: (string | number)[], message: string): void =>
    context.addIssue({ code: 'custom', path: ['av1', 'layers', ...path], message });
  const [largest] = made;
  if (!largest) refuse([], 'none where none are named for H.264: all that the machine chooses are made in both');
  else if (first.width !== largest.width || first.height !== largest.height)
    refuse([0], `${largest.width}×${largest.height}, as the largest in H.264`);
}

function checkAlternate(
  { alternate, composition }: Pick<z.infer<typeof hlsDestination>, 'alternate' | 'composition'>,
  context: z.RefinementCtx,
): void {
  if (alternate?.videoAspectRatio !== composition.videoAspectRatio) return;
  context.addIssue({
    code: 'custom',
    path: ['alternate', 'videoAspectRatio'],
    message: `another shape than "${composition.videoAspectRatio}", which the stream has already`,
  });
}

const destinationName = z.string().min(1).max(100);
const entry = { name: destinationName.optional() };

interface Size {
  readonly width: number;
  readonly height: number;
}

/** @param path of the sides, in what is checked */
function checkResolution({ width, height }: Size, path: readonly string[], context: z.core.$RefinementCtx): void {
  const [issue] = outputResolution.safeParse({ width, height }).error?.issues ?? [];
  if (issue) context.addIssue({ code: 'custom', message: issue.message, path: [...path, ...issue.path] });
}

const writtenRtmpDestination = rtmpDestination
  .extend({ ...entry, rtmpUrls: rtmpUrls.default([]) })
  .superRefine((destination, context) => checkResolution(destination, [], context));

/** Each kind is replaced as a whole. */
export const destinationsBody = z.object({
  hlsDestinations: byName(
    destinationName,
    hlsDestination
      .extend({
        ...entry,
        layers: layers.prefault([]),
        alternate: alternatePicture.extend({ layers: layers.prefault([]) }).optional(),
        av1: z.object({ layers: layers.prefault([]) }).optional(),
      })
      .superRefine(checkAv1)
      .superRefine(checkKept)
      .superRefine(checkAlternate),
    MAX_DESTINATIONS,
  ).prefault({}),
  rtmpDestinations: byName(destinationName, writtenRtmpDestination, MAX_DESTINATIONS).prefault({}),
  browserRecordings: byName(destinationName, browserRecording.extend(entry), MAX_DESTINATIONS).prefault({}),
  transcriptions: byName(destinationName, transcription.extend(entry), MAX_DESTINATIONS).prefault({}),
});

/** Of a bucket by S3's rules, or those of the time before 2018 (Amazon S3 User Guide, "Bucket naming rules"). */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;
/** It becomes part of a host name. */
const UPLOAD_REGION = /^[a-z0-9-]{1,63}$/;
const PREFIX = /^(?!.*(^|\/)\.{1,2}(\/|$))[^\p{Cc}\\]*$/u;

/** What recordings are brought to has to be what we can bring something to. */
function checkUpload(
  { type, location, prefix, options, credentials }: z.infer<typeof upload>,
  context: z.RefinementCtx,
): void {
  const refuse = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
  if (type !== 's3')
    refuse(
      ['type'],
      's3; another storage with an S3 API (of Google: with interoperability keys) is named by options.endpoint',
    );
  if (!BUCKET.test(location)) refuse(['location'], 'the name of a bucket: 3 to 255 letters, digits, points, hyphens');
  if (!PREFIX.test(prefix)) refuse(['prefix'], 'a path without . and ..');
  if (!UPLOAD_REGION.test(options?.region ?? 'auto'))
    refuse(['options', 'region'], 'a region such as eu-central-1: small letters, digits, hyphens');
  if (options?.endpoint !== undefined && !isOrigin(options.endpoint))
    refuse(['options', 'endpoint'], 'an http or https origin, such as https://s3.example.org, without a path');
  if (!credentials) refuse(['credentials'], 'key and secretKey of an account that may write to the bucket');
}

function isOrigin(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text.replace(/\/$/, '');
}

/** A bucket as it is written. Without a secret it is that of the same key before. */
export const uploadBody = upload
  .extend({
    // `secret` is how rooms spell it.
    credentials: z
      .object({ key: z.string().max(2_000), secretKey: z.string().max(4_000).optional() })
      .extend({ secret: z.string().max(4_000).optional() })
      .transform(({ key, secretKey, secret }) => ({ key, secretKey: secretKey ?? secret ?? '' }))
      .optional(),
  })
  .superRefine(checkUpload);

export const settingsBody = templateSettings.extend({
  recording: sessionRecording.extend({ upload: uploadBody.optional() }).nullable().default(null),
});

const writtenRecording = recordingConfiguration.superRefine(({ compositeRecording: { browserComposite } }, context) => {
  if (browserComposite) checkResolution(browserComposite, ['compositeRecording', 'browserComposite'], context);
});

export const recordingsBody = z.array(writtenRecording).max(1, 'one configuration at most');

/** Kept as they are; what something acts on has to be well-formed. */
const plugins = z.record(z.string().max(50), z.unknown()).superRefine(({ whiteboard }, context) => {
  if (whiteboard === undefined || whiteboard === null) return;
  for (const { path, message } of whiteboardPlugin.safeParse(whiteboard).error?.issues ?? []) {
    context.addIssue({ code: 'custom', message, path: ['whiteboard', ...path] });
  }
});

/** `POST /v2/templates`. A name that exists means that template. */
export const createTemplateBody = z.object({
  name: templateName.optional(),
  roles: byName(roleName, roleBody, MAX_ROLES).prefault({}),
  settings: settingsBody.prefault({}),
  destinations: destinationsBody.prefault({}),
  plugins: plugins.default({}),
});

/** `POST /v2/templates/{id}`: the whole template. */
export const updateTemplateBody = createTemplateBody.extend({
  roles: byName(roleName, roleBody, MAX_ROLES),
  settings: settingsBody,
});

/** The recorder's role is nobody's to give: templates that list it are read without it. */
const foreignRoles = z.preprocess(
  (roles) => {
    if (typeof roles !== 'object' || roles === null) return roles;
    return Object.fromEntries(Object.entries(roles).filter(([name]) => !name.startsWith('__')));
  },
  byName(roleName, importedRole, MAX_ROLES),
);

/** A template that was exported, here or from the hosted service. */
export const importedTemplate = z.object({
  roles: foreignRoles,
  settings: settingsBody.prefault({}),
  destinations: destinationsBody.prefault({}),
  plugins: plugins.default({}),
  recordings: recordingsBody.default([]),
});

export type RoleBody = z.infer<typeof roleBody>;
export type CreateTemplateBody = z.infer<typeof createTemplateBody>;

/** What a request says, as a template. */
export function templateOfBody(body: Omit<CreateTemplateBody, 'name'>, name: string): TemplateBody {
  return templateBody.parse({ ...body, name });
}

export function roleOfBody(body: RoleBody, name: string): Role {
  return { ...body, name };
}
