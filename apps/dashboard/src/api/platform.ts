import {
  type AppSummary,
  type AppView,
  type CreateAppBody,
  type DestinationChange,
  type DeveloperView,
  type DoctorReport,
  type InvitationView,
  type KeyView,
  type KitView,
  type LookView,
  type MemberRole,
  type MemberView,
  type OfferedView,
  type OwnerView,
  platformAnswers,
  type RoomLook,
  type SignInBody,
  type StorageTestResult,
  type WebhookBody,
  type WebhookView,
} from '@amphi/protocol';
import { RequestFailure, request, requestNothing } from './request.ts';
import type { Upload } from './templates.ts';

/** The platform API, one function per request (protocol, `platform.ts`). All throw `RequestFailure`. */

export async function signIn(body: SignInBody): Promise<OwnerView> {
  const { owner } = await request('/platform/session', platformAnswers.session, { method: 'POST', body });
  return owner;
}

/** Uses up the code of the link that is printed at the first start. */
export async function signInOnce(code: string): Promise<OwnerView> {
  const { owner } = await request('/platform/session/one-time', platformAnswers.session, {
    method: 'POST',
    body: { code },
  });
  return owner;
}

/** Who is signed in; null if nobody is. */
export async function readSession(signal?: AbortSignal): Promise<OwnerView | null> {
  try {
    const { owner } = await request(
      '/platform/session',
      platformAnswers.session,
      signal === undefined ? {} : { signal },
    );
    return owner;
  } catch (error) {
    if (error instanceof RequestFailure && error.status === 401) return null;
    throw error;
  }
}

export function signOut(): Promise<void> {
  return requestNothing('/platform/session', { method: 'DELETE' });
}

export function setPassword(body: { currentPassword?: string; newPassword: string }): Promise<void> {
  return requestNothing('/platform/password', { method: 'POST', body });
}

export interface Members {
  readonly members: readonly MemberView[];
  readonly invitations: readonly InvitationView[];
}

export function listMembers(signal: AbortSignal): Promise<Members> {
  return request('/platform/members', platformAnswers.members, { signal });
}

/** @returns the link, which cannot be read again */
export async function invite(body: { email: string; role: MemberRole }): Promise<string> {
  return (await request('/platform/invitations', platformAnswers.invited, { method: 'POST', body })).url;
}

export function withdrawInvitation(id: string): Promise<void> {
  return requestNothing(`/platform/invitations/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

export async function changeMember(id: string, role: MemberRole): Promise<void> {
  const path = `/platform/members/${encodeURIComponent(id)}`;
  await request(path, platformAnswers.member, { method: 'POST', body: { role } });
}

export function removeMember(id: string): Promise<void> {
  return requestNothing(`/platform/members/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

/** Gives up the own account. */
export function leaveWorkspace(): Promise<void> {
  return requestNothing('/platform/membership', { method: 'DELETE' });
}

export async function lookAtInvitation(code: string): Promise<OfferedView> {
  const body = { code };
  return (await request('/platform/invitations/look', platformAnswers.offered, { method: 'POST', body })).invitation;
}

export async function acceptInvitation(body: { code: string; password: string }): Promise<OwnerView> {
  return (await request('/platform/invitations/accept', platformAnswers.session, { method: 'POST', body })).owner;
}

export async function listKits(signal: AbortSignal): Promise<readonly KitView[]> {
  return (await request('/platform/kits', platformAnswers.kits, { signal })).kits;
}

export async function listApps(signal: AbortSignal): Promise<readonly AppSummary[]> {
  return (await request('/platform/apps', platformAnswers.apps, { signal })).apps;
}

export async function readApp(id: string, signal: AbortSignal): Promise<AppView> {
  return (await request(`/platform/apps/${encodeURIComponent(id)}`, platformAnswers.app, { signal })).app;
}

export async function createApp(body: CreateAppBody): Promise<AppView> {
  return (await request('/platform/apps', platformAnswers.app, { method: 'POST', body })).app;
}

export async function saveDestination(appId: string, body: DestinationChange): Promise<AppView> {
  const path = `/platform/apps/${encodeURIComponent(appId)}/destination`;
  return (await request(path, platformAnswers.app, { method: 'POST', body })).app;
}

export async function readLook(appId: string, signal: AbortSignal): Promise<LookView> {
  return (await request(`/platform/apps/${encodeURIComponent(appId)}/look`, platformAnswers.look, { signal })).look;
}

/** Writes all of it. */
export async function saveLook(appId: string, body: RoomLook): Promise<LookView> {
  const path = `/platform/apps/${encodeURIComponent(appId)}/look`;
  return (await request(path, platformAnswers.look, { method: 'POST', body })).look;
}

export async function readDeveloper(signal: AbortSignal): Promise<DeveloperView> {
  return (await request('/platform/developer', platformAnswers.developer, { signal })).developer;
}

/** Keys that sign, oldest first. */
export async function listKeys(signal: AbortSignal): Promise<readonly KeyView[]> {
  return (await request('/platform/keys', platformAnswers.keys, { signal })).keys;
}

export async function makeKey(): Promise<KeyView> {
  return (await request('/platform/keys', platformAnswers.key, { method: 'POST' })).key;
}

export function revokeKey(accessKey: string): Promise<void> {
  return requestNothing(`/platform/keys/${encodeURIComponent(accessKey)}`, { method: 'DELETE' });
}

export async function makeManagementToken(accessKey: string, validForS: number): Promise<string> {
  const path = `/platform/keys/${encodeURIComponent(accessKey)}/management-token`;
  return (await request(path, platformAnswers.managementToken, { method: 'POST', body: { validForS } })).token;
}

export async function readWebhook(signal: AbortSignal): Promise<WebhookView> {
  return (await request('/platform/webhook', platformAnswers.webhook, { signal })).webhook;
}

export async function saveWebhook(body: WebhookBody): Promise<WebhookView> {
  return (await request('/platform/webhook', platformAnswers.webhook, { method: 'POST', body })).webhook;
}

/** Sends an event, once. @returns what the back end made of it */
export async function testWebhook(): Promise<{ readonly ok: boolean; readonly error?: string | undefined }> {
  return (await request('/platform/webhook/test', platformAnswers.webhookTest, { method: 'POST' })).result;
}

/** Writes, reads and removes a small object in this bucket, once. */
export async function testStorage(appId: string, body: Upload): Promise<StorageTestResult> {
  const path = `/platform/apps/${encodeURIComponent(appId)}/storage/test`;
  return (await request(path, platformAnswers.storageTest, { method: 'POST', body })).result;
}

/** Looks at the server's machine, unless that is under way. */
export async function startDoctor(): Promise<DoctorReport> {
  return (await request('/platform/doctor', platformAnswers.doctor, { method: 'POST', body: {} })).report;
}

/** The last report, as far as it has come; null before the first. */
export async function readDoctor(signal: AbortSignal): Promise<DoctorReport | null> {
  return (await request('/platform/doctor', platformAnswers.lastDoctor, { signal })).report;
}
