import { type CreateAppBody, createAppBody, type KitId } from '@amphi/protocol';
import type { AppRegion } from './regions.ts';

/** What a person has filled in so far. */
export interface AppDraft {
  readonly name: string;
  readonly subdomain: string;
  readonly region: AppRegion;
  readonly webinarAudience: boolean;
  readonly guestsOnStage: boolean;
}

/** What is wrong with a field, in words, or nothing. */
export interface DraftProblems {
  readonly name?: string;
  readonly subdomain?: string;
}

/** Checks the fields as the server will. */
export function checkDraft(draft: Pick<AppDraft, 'name' | 'subdomain'>): DraftProblems {
  return { ...checkName(draft.name), ...checkSubdomain(draft.subdomain) };
}

/** The request for a draft without problems. Options belong to the Live Streaming kit only. */
export function requestFor(kit: KitId, draft: AppDraft): CreateAppBody {
  const { name, subdomain, region, webinarAudience, guestsOnStage } = draft;
  const options =
    kit === 'live_streaming' ? { webinarAudience, guestsOnStage } : { webinarAudience: false, guestsOnStage: false };
  return { kit, name: name.trim(), subdomain, region, options };
}

function checkName(name: string): DraftProblems {
  if (name.trim() === '') return { name: 'Give the app a name.' };
  const result = createAppBody.shape.name.safeParse(name);
  if (result.success) return {};
  return {
    name:
      name.trim().length > 100
        ? 'A name has at most 100 characters.'
        : 'A name has letters a to z, digits, spaces, and "-", ".", "_" and ":" only.',
  };
}

function checkSubdomain(subdomain: string): DraftProblems {
  if (createAppBody.shape.subdomain.safeParse(subdomain).success) return {};
  if (subdomain === '') return { subdomain: 'Choose a subdomain.' };
  if (subdomain.length < 3) return { subdomain: 'A subdomain has at least 3 characters.' };
  if (subdomain.length > 63) return { subdomain: 'A subdomain has at most 63 characters.' };
  if (/^-|-$/.test(subdomain)) return { subdomain: 'A subdomain begins and ends with a letter or digit.' };
  return { subdomain: 'A subdomain has small letters a to z, digits and "-" only.' };
}
