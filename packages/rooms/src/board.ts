import type { Millis } from '@amphi/base';
import {
  type BoardElement,
  type BoardPage,
  type BoardRoles,
  type BoardUpdate,
  type MethodParams,
  PublicError,
  type Role,
} from '@amphi/protocol';
import { type Board, dropElement, emptyBoard, isDeleted, putElement, type StoredElement } from './board-state.ts';
import { type Effect, type Effects, notify } from './effects.ts';
import { type Member, memberOf, type Session } from './session.ts';

/**
 * `elementBytes`: of one, as JSON. `elements`, `bytes`: of a board. `deleted`: so many that are deleted are remembered, so that
 * who was away for a moment hears of it. `pageBytes`: of one answer.
 */
export const BOARD_LIMITS = {
  elementBytes: 65_536,
  elements: 5_000,
  bytes: 2_097_152,
  deleted: 5_000,
  pageBytes: 65_536,
} as const;

/** What an element weighs beside its JSON, of the longest id. */
const BYTES_BESIDE = 160;

type NewElement = Omit<StoredElement, 'position'>;
type Right = keyof BoardRoles;

/** Whoever may open may draw, whoever may draw may see. */
const RIGHTS: { readonly [Needed in Right]: readonly Right[] } = {
  admin: ['admin'],
  writer: ['admin', 'writer'],
  reader: ['admin', 'writer', 'reader'],
};

/** So long a board without an admin waits for one: who opened it alone may be loading the page again. */
export const BOARD_KEPT_MS: Millis = 60_000;

const encoder = new TextEncoder();

/**
 * Opens the board for all who may see it, who opens it included; it is theirs to close.
 * @returns its id
 * @throws PublicError 403 without the right; 409 while it is open; 410
 */
export function openBoard(
  session: Session,
  peerId: string,
  { fresh }: MethodParams<'board-open'>,
  now: Millis,
): { readonly result: { readonly board_id: string }; readonly effects: Effects } {
  const member = memberOf(session, peerId);
  requireRight(session, member, 'admin');
  if (session.board?.head.isOpen) throw new PublicError(409, 'a whiteboard is open already');
  const head = { isOpen: true, ownerId: peerId, ownerName: member.name, openedAt: now };
  const board = session.board;
  if (board && !fresh) board.head = { ...head, id: board.head.id };
  else session.board = emptyBoard({ ...head, id: session.settings.newId() });
  return { result: { board_id: openOf(session).head.id }, effects: tellViewers(session) };
}

/**
 * Closes it for everyone; what is on it stays for the next opening.
 * @throws PublicError 403 from who neither opened it nor is an admin; 404 when it is not open; 410
 */
export function closeBoard(session: Session, peerId: string, id: string): Effects {
  const member = memberOf(session, peerId);
  if (session.board?.head.ownerId !== peerId) requireRight(session, member, 'admin');
  return close(session, openOf(session, id));
}

/**
 * Changes elements. What is older than what is there changes nothing, and is no error: whoever sent it hears of what is newer.
 * @throws PublicError 403 without the right; 404 when that board is not open; 410; 413 for an element, or a board, that is
 *   too large. Then nothing has changed.
 */
export function drawOnBoard(
  session: Session,
  peerId: string,
  { board_id: id, changes }: MethodParams<'board-draw'>,
): Effects {
  requireRight(session, memberOf(session, peerId), 'writer');
  const board = openOf(session, id);
  const taken = new Map<string, { readonly told: BoardElement; readonly stored: NewElement }>();
  for (const { id: elementId, version, nonce, data = null } of changes) {
    const present = taken.get(elementId)?.stored ?? board.elements.get(elementId);
    if (present && !isNewer({ version, nonce }, present)) continue;
    const told = { id: elementId, version, nonce, data };
    taken.set(elementId, { told, stored: stored(told) });
  }
  if (taken.size === 0) return [];
  const news = [...taken.values()];
  requireRoom(
    board,
    news.map((one) => one.stored),
  );
  for (const one of news) putElement(board, { ...one.stored, position: board.position + 1 });
  forgetDeleted(board);
  const elements = news.map(({ told }) => told);
  return notify(viewerIds(session), 'on-board-change', { board_id: id, peer_id: peerId, elements }, { except: peerId });
}

/**
 * A page of what is on it. What changes while somebody reads comes later in the order, and by `on-board-change` as well.
 * @throws PublicError 403 without the right; 404 when that board is not open; 410
 */
export function readBoard(
  session: Session,
  peerId: string,
  { board_id: id, after }: MethodParams<'board-get'>,
): BoardPage {
  requireRight(session, memberOf(session, peerId), 'reader');
  const board = openOf(session, id);
  const elements: BoardElement[] = [];
  let bytes = 0;
  let position = after;
  for (const element of board.elements.values()) {
    if (element.position <= after) continue;
    bytes += element.bytes + BYTES_BESIDE;
    if (elements.length > 0 && bytes > BOARD_LIMITS.pageBytes) return { elements, position, last: false };
    const { id: elementId, version, nonce, json } = element;
    elements.push({ id: elementId, version, nonce, data: JSON.parse(json) });
    position = element.position;
  }
  return { elements, position, last: true };
}

/** Ids of those who may see it, in the order of joining. */
export function viewerIds(session: Session): string[] {
  const ids: string[] = [];
  // Asked for with each stroke, of rooms of thousands: the rights are looked up by role, once.
  const names = new Set(RIGHTS.reader.flatMap((right) => session.boardRoles[right]));
  if (names.size === 0) return ids;
  for (const { hidden, role, peerId } of session.members.values())
    if (!hidden && names.has(role.name)) ids.push(peerId);
  return ids;
}

/** How it is, for who comes or is back; nothing where there has been none, or for who may not see it. An admin takes a deserted one. */
export function tellBoard(session: Session, member: Member): Effect[] {
  const { board } = session;
  if (!board || !hasRight(session, member, 'reader')) return [];
  if (isDeserted(session, board) && hasRight(session, member, 'admin')) return handTo(session, board, member);
  return notify([member.peerId], 'on-board-update', updateOf(board));
}

/** Peers have another role now: to some it appears, for some it is closed. */
export function tellBoardAfterRoleChange(
  session: Session,
  moved: readonly { readonly member: Member; readonly before: Role }[],
): Effect[] {
  const { board } = session;
  if (!board?.head.isOpen) return [];
  const won: string[] = [];
  const lost: string[] = [];
  for (const { member, before } of moved) {
    const may = hasRight(session, member, 'reader');
    if (may !== hasRight(session, { role: before, hidden: member.hidden }, 'reader')) {
      (may ? won : lost).push(member.peerId);
    }
  }
  const heir = isDeserted(session, board) ? heirOf(session) : undefined;
  return [
    ...notify(won, 'on-board-update', updateOf(board)),
    ...notify(lost, 'on-board-update', { ...updateOf(board), state: 'closed' }),
    ...(heir ? handTo(session, board, heir) : []),
  ];
}

/** Whose board it is has left for good. */
export function leaveBoard(session: Session, { peerId }: Pick<Member, 'peerId'>): Effects {
  return session.board?.head.ownerId === peerId ? tendBoard(session) : [];
}

/**
 * An open board whose owner is not here passes to the admin who is here the longest. Without one it waits: `boardDeserted`, and
 * `closeDesertedBoard` is to be called after `BOARD_KEPT_MS`. To be called after a kill, too, when it is known who can come back.
 */
export function tendBoard(session: Session): Effects {
  const { board } = session;
  if (!board || !isDeserted(session, board)) return [];
  const heir = heirOf(session);
  return heir ? handTo(session, board, heir) : [{ type: 'boardDeserted' }];
}

/** No admin has come for it. */
export function closeDesertedBoard(session: Session): Effects {
  const { board } = session;
  return board && isDeserted(session, board) ? close(session, board) : [];
}

/** A role has another name: its holders may do what they might. @returns whether that is news to clients */
export function renameBoardRole(session: Session, from: string, to: string): boolean {
  const { admin, writer, reader } = session.boardRoles;
  if (![...admin, ...writer, ...reader].includes(from)) return false;
  const renamed = (names: readonly string[]): string[] => names.map((name) => (name === from ? to : name));
  session.boardRoles = { admin: renamed(admin), writer: renamed(writer), reader: renamed(reader) };
  return true;
}

function isDeserted({ members }: Session, { head }: Board): boolean {
  return head.isOpen && !members.has(head.ownerId);
}

/** The admin who is here the longest. */
function heirOf(session: Session): Member | undefined {
  for (const member of session.members.values()) if (hasRight(session, member, 'admin')) return member;
  return undefined;
}

function handTo(session: Session, board: Board, { peerId, name }: Member): Effect[] {
  board.head = { ...board.head, ownerId: peerId, ownerName: name };
  return tellViewers(session);
}

function close(session: Session, board: Board): Effects {
  board.head = { ...board.head, isOpen: false };
  return tellViewers(session);
}

function tellViewers(session: Session): Effect[] {
  return session.board ? notify(viewerIds(session), 'on-board-update', updateOf(session.board)) : [];
}

function updateOf({ head }: Board): BoardUpdate {
  return {
    board_id: head.id,
    state: head.isOpen ? 'open' : 'closed',
    owner: head.ownerId,
    owner_name: head.ownerName,
    opened_at: head.openedAt,
  };
}

/** @throws PublicError 413 */
function stored({ id, version, nonce, data }: BoardElement): NewElement {
  const json = JSON.stringify(data);
  const bytes = json === 'null' ? 0 : encoder.encode(json).length;
  if (bytes > BOARD_LIMITS.elementBytes) {
    throw new PublicError(413, `changes: an element of ${bytes} bytes as JSON, at most ${BOARD_LIMITS.elementBytes}`);
  }
  return { id, version, nonce, json, bytes };
}

/** @throws PublicError 404 */
function openOf({ board }: Session, id?: string): Board {
  if (board?.head.isOpen && (id === undefined || board.head.id === id)) return board;
  throw new PublicError(404, `board_id: no whiteboard ${id ?? ''} is open in this session`);
}

/** @throws PublicError 403 */
function requireRight(session: Session, member: Member, right: Right): void {
  if (hasRight(session, member, right)) return;
  throw new PublicError(403, `role ${member.role.name} is not ${right} of the whiteboard`);
}

function hasRight({ boardRoles }: Session, { role, hidden }: Pick<Member, 'role' | 'hidden'>, right: Right): boolean {
  return !hidden && RIGHTS[right].some((one) => boardRoles[one].includes(role.name));
}

/** Whether a version holds against another one; the same for everyone, in whatever order they learn of the two. */
function isNewer(
  { version, nonce }: Pick<BoardElement, 'version' | 'nonce'>,
  present: Pick<BoardElement, 'version' | 'nonce'>,
): boolean {
  return version === present.version ? nonce < present.nonce : version > present.version;
}

/** @throws PublicError 413 */
function requireRoom(board: Board, taken: readonly NewElement[]): void {
  let { bytes, count } = board;
  for (const element of taken) {
    const before = board.elements.get(element.id);
    bytes += element.bytes - (before?.bytes ?? 0);
    count += Number(!isDeleted(element)) - Number(before !== undefined && !isDeleted(before));
  }
  if (count > BOARD_LIMITS.elements && count > board.count) {
    throw new PublicError(
      413,
      `changes: ${count} elements would be on the whiteboard, at most ${BOARD_LIMITS.elements}`,
    );
  }
  if (bytes > BOARD_LIMITS.bytes && bytes > board.bytes) {
    throw new PublicError(413, `changes: the whiteboard would hold ${bytes} bytes, at most ${BOARD_LIMITS.bytes}`);
  }
}

/** The older half of those that are deleted, once they are too many. */
function forgetDeleted(board: Board): void {
  const deleted = board.elements.size - board.count;
  if (deleted <= BOARD_LIMITS.deleted) return;
  let toForget = deleted - BOARD_LIMITS.deleted / 2;
  for (const element of [...board.elements.values()]) {
    if (toForget === 0) return;
    if (!isDeleted(element)) continue;
    dropElement(board, element.id);
    toForget -= 1;
  }
}
