import type { MemberRole } from '@amphi/protocol';

/** What roles are called, and mean, to people. */
export const ROLE_WORDS: Readonly<Record<MemberRole, { readonly name: string; readonly meaning: string }>> = {
  owner: { name: 'Owner', meaning: 'everything, and decides who else owns the workspace' },
  admin: { name: 'Admin', meaning: 'apps, rooms, keys, webhooks, and who else is an admin or viewer' },
  viewer: { name: 'Viewer', meaning: 'looks, at nothing that lets in elsewhere; changes nothing' },
};

/** Roles that `own` may give. */
export function rolesToGive(own: MemberRole): readonly MemberRole[] {
  return own === 'owner' ? ['viewer', 'admin', 'owner'] : own === 'admin' ? ['viewer', 'admin'] : [];
}

/** Whether `own` decides about somebody with this role. */
export function mayManage(own: MemberRole, role: MemberRole): boolean {
  return rolesToGive(own).includes(role);
}
