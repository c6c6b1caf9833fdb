import * as z from 'zod/mini';

/**
 * The whiteboard (ours): a set of elements, each with an id, a version and what an editor makes of it, which the server does
 * not look into. Of two versions of an element the higher one holds, of equal ones that with the lower nonce.
 */

/** Of one message; what does not fit goes into the next one. */
export const MAX_BOARD_CHANGES = 200;

const largestInt = 2_147_483_647;
const boardId = z.string().check(z.minLength(1), z.maxLength(64));

export const boardMethods = {
  /** Opens the session's board for everyone whose role may see it. */
  'board-open': z.object({
    /** With nothing on it. Otherwise with what was on it when it was closed. */
    fresh: z._default(z.boolean(), false),
  }),
  'board-close': z.object({ board_id: boardId }),
  'board-draw': z.object({
    board_id: boardId,
    changes: z
      .array(
        z.object({
          id: z.string().check(z.minLength(1), z.maxLength(64)),
          version: z.int().check(z.gte(1), z.lte(largestInt)),
          nonce: z.int().check(z.gte(0), z.lte(largestInt)),
          /** Any JSON; absent or null: the element is deleted. */
          data: z.optional(z.unknown()),
        }),
      )
      .check(z.minLength(1), z.maxLength(MAX_BOARD_CHANGES)),
  }),
  /** A page of what is on the board, in the order of the last changes. */
  'board-get': z.object({
    board_id: boardId,
    /** As the answer before says; 0: from the beginning. */
    after: z._default(z.int().check(z.gte(0)), 0),
  }),
} as const;

export const boardElement = z.object({
  id: z.string(),
  version: z.number(),
  nonce: z.number(),
  /** Null: deleted. */
  data: z.unknown(),
});

export const boardUpdate = z.object({
  board_id: z.string(),
  state: z.enum(['open', 'closed']),
  /** Peer id, and the name as it was then. */
  owner: z.string(),
  owner_name: z.string(),
  opened_at: z.number(),
});

export const boardChange = z.object({
  board_id: z.string(),
  /** Who has drawn. */
  peer_id: z.string(),
  elements: z.array(boardElement),
});

/** What `board-open` answers. */
export const boardOpened = z.object({ board_id: z.string() });

/** What `board-get` answers. */
export const boardPage = z.object({
  elements: z.array(boardElement),
  /** Where the next page begins. */
  position: z.number(),
  /** There is no next page by now. */
  last: z.boolean(),
});

/** Names of roles by what they may do with the whiteboard. */
export const boardRoles = z.object({
  /** Open, close, draw, see. */
  admin: z.array(z.string()),
  /** Draw, see. */
  writer: z.array(z.string()),
  /** See. */
  reader: z.array(z.string()),
});

export type BoardElement = z.infer<typeof boardElement>;
export type BoardUpdate = z.infer<typeof boardUpdate>;
export type BoardPage = z.infer<typeof boardPage>;
export type BoardRoles = z.infer<typeof boardRoles>;
