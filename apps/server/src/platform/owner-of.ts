/**
 * Which node a room's session belongs to: it alone runs it, writes its history and tells back ends of it. Rows that a node
 * owns are named by this.
 */
export type OwnerOf = (roomId: string) => string;

/** One node owns every room. */
export function ownedBy(node: string): OwnerOf {
  return () => node;
}
