import type { Millis } from '@amphi/base';

/** The whiteboard: elements that an editor makes, which everyone has alike. */
export interface BoardState {
  /** Names of roles by what they may do; undefined in rooms without a whiteboard. */
  readonly roles: BoardRoleNames | undefined;
  /** `loading` — it is open, and what is on it is on its way; some of it may be there. */
  readonly status: 'closed' | 'loading' | 'open';
  /** Who has opened it; undefined while it is closed. */
  readonly owner: { readonly peerId: string; readonly name: string } | undefined;
  readonly openedAt: Millis;
  /** By id. Elements that have not changed keep their identity. */
  readonly elements: Readonly<Record<string, BoardElement>>;
}

/** Whoever is an admin may draw, whoever may draw may see. */
export interface BoardRoleNames {
  readonly admin: readonly string[];
  readonly writer: readonly string[];
  readonly reader: readonly string[];
}

/** A piece of a drawing. */
export interface BoardElement {
  readonly id: string;
  /** Counts its changes. */
  readonly version: number;
  /** What an editor made of it; others may have drawn anything, so it is to be read before it is believed. */
  readonly data: unknown;
}

/** A change of an element, or a new one. */
export interface BoardDrawing {
  /** 1–64 characters; for a new element one that nobody else makes. */
  readonly id: string;
  /** Any JSON but null, of 64 KiB at most; undefined deletes the element. */
  readonly data: unknown;
}

/** What our role, or having opened it, allows with the whiteboard. */
export interface BoardRights {
  readonly canOpen: boolean;
  readonly canClose: boolean;
  readonly canDraw: boolean;
  readonly canSee: boolean;
}

/** The state of a whiteboard that nobody has opened. */
export const NO_BOARD: BoardState = { roles: undefined, status: 'closed', owner: undefined, openedAt: 0, elements: {} };
