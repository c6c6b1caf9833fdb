import * as z from 'zod';
import type { BoardRoles } from './signaling/board.ts';

const roleNames = z.array(z.string().max(64)).max(64).default([]);

/** `plugins.whiteboard` of a template. */
export const whiteboardPlugin = z.object({
  permissions: z.object({ admin: roleNames, writer: roleNames, reader: roleNames }).prefault({}),
});

/** What a template's plugins say of the whiteboard. What is malformed permits nobody. */
export function boardRolesOf(plugins: Readonly<Record<string, unknown>>): BoardRoles {
  const plugin = whiteboardPlugin.safeParse(plugins.whiteboard);
  return plugin.data?.permissions ?? { admin: [], writer: [], reader: [] };
}
