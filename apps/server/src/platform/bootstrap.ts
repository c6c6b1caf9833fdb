import { assert } from '@amphi/base';
import { createAppBody } from '@amphi/protocol';
import type { Owner, Store, Workspace } from '@amphi/store';
import { addApp } from './apps.ts';

/** The ready-made app: every level can be tried with it. */
const READY_MADE = createAppBody.parse({
  kit: 'live_streaming',
  name: 'My first stream',
  subdomain: 'my-first-stream',
  region: 'eu',
  options: { webinarAudience: true, guestsOnStage: true },
});

export interface Bootstrapped {
  readonly workspace: Workspace;
  readonly owner: Owner;
  /** Room codes of the ready-made app's room by role; empty when its room was disabled or renamed. */
  readonly codes: ReadonlyMap<string, string>;
}

/**
 * At the first start makes the workspace with its keys, the owner's account and the ready-made app, all of it or
 * nothing; later finds them.
 */
export async function bootstrap(store: Store, options: { readonly ownerEmail: string }): Promise<Bootstrapped> {
  const workspace = (await store.workspaces.first()) ?? (await firstStart(store, options.ownerEmail));
  const owner = await store.owners.firstOf(workspace.id);
  assert(owner, `workspace ${workspace.id} has no owner`);
  return { workspace, owner, codes: await readyMadeCodes(store, workspace.id) };
}

function firstStart(store: Store, ownerEmail: string): Promise<Workspace> {
  return store.transaction(async (tx) => {
    const { workspace } = await tx.workspaces.create({ name: 'My workspace' });
    await tx.owners.create({ workspaceId: workspace.id, email: ownerEmail });
    await addApp(tx, workspace.id, READY_MADE);
    return workspace;
  });
}

async function readyMadeCodes(store: Store, workspaceId: string): Promise<ReadonlyMap<string, string>> {
  const apps = await store.apps.list(workspaceId);
  const app = apps.find((candidate) => candidate.subdomain === READY_MADE.subdomain);
  const [room] = app ? await store.rooms.listOfApp(app.id) : [];
  const codes = room ? await store.roomCodes.currentOf([room.id]) : [];
  return new Map(codes.map((code) => [code.role, code.code]));
}
