import type { Millis } from '@amphi/base';

/**
 * The whiteboard of a session: elements by id, each as whoever changed it last has it. It lives as long as the session, open
 * or closed.
 */
export interface Board {
  /** Replaced as a whole. */
  head: BoardHead;
  /** Those that are deleted, too, in the order of their last changes. */
  readonly elements: Map<string, StoredElement>;
  /** Of the elements that are there. */
  count: number;
  /** Of all that is there, as JSON. */
  bytes: number;
  /** Of the change that came last. */
  position: number;
}

export interface BoardHead {
  /** Another one for each board that began empty. */
  readonly id: string;
  readonly isOpen: boolean;
  /** Who opened it last, or has it since that one left, with the name of then. */
  readonly ownerId: string;
  readonly ownerName: string;
  readonly openedAt: Millis;
}

/** Replaced as a whole, too. */
export interface StoredElement {
  readonly id: string;
  readonly version: number;
  readonly nonce: number;
  /** What an editor made of it, as JSON; `null` when it is deleted. */
  readonly json: string;
  /** Of it; 0 when it is deleted. */
  readonly bytes: number;
  /** Grows with each change of the board. */
  readonly position: number;
}

export function emptyBoard(head: BoardHead): Board {
  return { head, elements: new Map(), count: 0, bytes: 0, position: 0 };
}

export function isDeleted({ json }: Pick<StoredElement, 'json'>): boolean {
  return json === 'null';
}

/** The element as it is from now on: the last in order. */
export function putElement(board: Board, element: StoredElement): void {
  dropElement(board, element.id);
  board.elements.set(element.id, element);
  board.bytes += element.bytes;
  if (!isDeleted(element)) board.count += 1;
  board.position = Math.max(board.position, element.position);
}

export function dropElement(board: Board, id: string): void {
  const before = board.elements.get(id);
  if (!before) return;
  board.elements.delete(id);
  board.bytes -= before.bytes;
  if (!isDeleted(before)) board.count -= 1;
}
