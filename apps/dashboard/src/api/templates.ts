import {
  type RecordingConfiguration,
  type Role,
  recordingConfiguration,
  role,
  type TemplateBody,
  type TemplateSettings,
  templateBody,
  templateSettings,
} from '@amphi/protocol';
import { queryOptions } from '@tanstack/react-query';
import { request, requestNothing } from './request.ts';

/** Templates by REST v2, which the dashboard reaches below its own address. All throw `RequestFailure`. */

const pathOf = (templateId: string, rest = '') => `/platform/v2/templates/${encodeURIComponent(templateId)}${rest}`;

/** What a template is besides its ids. */
export const templateQuery = (templateId: string) =>
  queryOptions({
    queryKey: ['templates', templateId],
    queryFn: ({ signal }) => request(pathOf(templateId), templateBody, { signal }),
  });

export const settingsQuery = (templateId: string) =>
  queryOptions({
    queryKey: ['templates', templateId, 'settings'],
    queryFn: ({ signal }) => request(pathOf(templateId, '/settings'), templateSettings, { signal }),
  });

const configurations = recordingConfiguration.array();

export const recordingsQuery = (templateId: string) =>
  queryOptions({
    queryKey: ['templates', templateId, 'recordings'],
    queryFn: ({ signal }) => request(pathOf(templateId, '/recordings'), configurations, { signal }),
  });

/** Writes over all that a template says of recordings. */
export function saveRecordings(
  templateId: string,
  body: readonly RecordingConfiguration[],
): Promise<RecordingConfiguration[]> {
  return request(pathOf(templateId, '/recordings'), configurations, { method: 'POST', body });
}

/** The bucket of a template; none: recordings are brought nowhere of its own. The other settings stay as they are now. */
export async function saveUpload(templateId: string, upload: Upload | undefined): Promise<TemplateSettings> {
  const path = pathOf(templateId, '/settings');
  const settings = await request(path, templateSettings);
  const recording = { enabled: settings.recording?.enabled ?? false, ...(upload && { upload }) };
  return request(path, templateSettings, { method: 'POST', body: { ...settings, recording } });
}

export type Upload = NonNullable<NonNullable<TemplateSettings['recording']>['upload']>;

/** Under another name than `name` in `body` it has that one from then on. */
export function saveRole(templateId: string, name: string, body: Role): Promise<Role> {
  return request(pathOf(templateId, `/roles/${encodeURIComponent(name)}`), role, { method: 'POST', body });
}

export function deleteRole(templateId: string, name: string): Promise<void> {
  return requestNothing(pathOf(templateId, `/roles/${encodeURIComponent(name)}`), { method: 'DELETE' });
}

/** Writes over all of a template but its name. */
export async function saveTemplate(
  templateId: string,
  { recordings, ...body }: Omit<TemplateBody, 'name'>,
): Promise<TemplateBody> {
  const saved = await request(pathOf(templateId), templateBody, { method: 'POST', body });
  if (JSON.stringify(saved.recordings) === JSON.stringify(recordings)) return saved;
  await requestNothing(pathOf(templateId, '/recordings'), { method: 'POST', body: recordings });
  return { ...saved, recordings };
}
