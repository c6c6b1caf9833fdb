import type { Clock, Millis } from '@amphi/base';
import type { MemberRole } from '@amphi/protocol';
import { and, asc, eq, inArray, isNull } from 'drizzle-orm';
import type { Database, Written } from './database.ts';
import { ReadCache } from './read-cache.ts';
import { complete, isDefaultOf, readTemplate, type Template } from './repositories/apps.ts';
import type { Poll } from './repositories/polls.ts';
import type { RoomCode } from './repositories/room-codes.ts';
import { type Room, type RoomPage, readRoomPage } from './repositories/rooms.ts';
import type { AccessKey } from './repositories/workspaces.ts';
import { accessKeys, owners, polls, roomCodes, rooms, templates } from './schema.ts';

/** A room with the template it has at the moment. */
export interface Place {
  readonly room: Room;
  readonly template: Template;
}

/** How long what was read is believed: what another server on the same database writes is seen after it at the latest. */
const KEEP_MS: Millis = 5_000;
const MAX_ENTRIES = 10_000;
/** A list tells of what is new: who made a room by another server looks for it there. */
const PAGES_KEEP_MS: Millis = 1_000;
/** A page is of up to 100 rooms. */
const MAX_PAGES = 200;

/** What a room code stands for. */
export interface CodeAdmission {
  readonly code: RoomCode;
  readonly place: Place;
  /** Signs tokens of the room's workspace; undefined when all its keys are revoked. */
  readonly signingKey: AccessKey | undefined;
}

/** What one read may find beside what it was asked for. */
type Findings = { readonly [Key in keyof CodeAdmission]?: CodeAdmission[Key] | undefined };

/** What a management token that was made in the dashboard hangs on. */
interface Member {
  readonly workspaceId: string;
  readonly role: MemberRole;
}

/** What a token names. */
export interface TokenAdmission {
  /** Undefined when it is unknown or revoked. */
  readonly key: AccessKey | undefined;
  readonly place: Place | undefined;
}

/**
 * What letting somebody in asks for: one query for all of it, and none while it is remembered. A thousand people who
 * come by one link ask for the same few rows. What this server writes is seen at once.
 *
 * And what back ends look at over and over: a template, the newest rooms. Nobody changes what is handed out: it is the same
 * object for all who ask.
 */
export class Admissions {
  readonly #db: Database;
  readonly #keys: ReadCache<AccessKey>;
  readonly #places: ReadCache<Place>;
  readonly #codes: ReadCache<CodeAdmission>;
  /** By id. */
  readonly #enabledCodes: ReadCache<boolean>;
  /** By member id. */
  readonly #members: ReadCache<Member>;
  /** By the ids of all of a room. */
  readonly #polls: ReadCache<readonly Poll[]>;
  /** By id. */
  readonly #templates: ReadCache<Template>;
  /** By workspace. */
  readonly #defaults: ReadCache<Template>;
  /** By what is asked for, as JSON. */
  readonly #pages: ReadCache<readonly Room[]>;
  #drops = 0;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    const options = { clock, keepMs: KEEP_MS, maxEntries: MAX_ENTRIES };
    // Unknown keys, too: a token whose key was revoked is shown again at each attempt to reconnect.
    this.#keys = new ReadCache({ ...options, remembersMissing: true });
    this.#places = new ReadCache(options);
    this.#codes = new ReadCache(options);
    this.#enabledCodes = new ReadCache(options);
    // Gone ones, too: what they have signed goes on asking.
    this.#members = new ReadCache({ ...options, remembersMissing: true });
    this.#polls = new ReadCache(options);
    this.#templates = new ReadCache(options);
    this.#defaults = new ReadCache(options);
    this.#pages = new ReadCache({ clock, keepMs: PAGES_KEEP_MS, maxEntries: MAX_PAGES });
  }

  async byToken(token: { readonly accessKey: string; readonly roomId: string }): Promise<TokenAdmission> {
    const known = this.#keys.peek(token.accessKey);
    if (known) {
      const key = await known;
      return { key, place: key && (await this.place(token.roomId)) };
    }
    const reading = this.#thenRemember(this.#readByToken(token));
    this.#keys.put(
      token.accessKey,
      reading.then(({ key }) => key),
    );
    return reading;
  }

  /** A key that signs and verifies. */
  key(accessKey: string): Promise<AccessKey | undefined> {
    return this.#keys.get(accessKey, () => this.#readKey(accessKey));
  }

  place(roomId: string): Promise<Place | undefined> {
    return this.#places.get(roomId, () => this.#readPlace(roomId));
  }

  byCode(code: string): Promise<CodeAdmission | undefined> {
    return this.#codes.get(code, () => this.#thenRemember(this.#readByCode(code)));
  }

  /** Whether the code with this id lets people in; no for an id that is unknown. */
  async isCodeEnabled(id: string): Promise<boolean> {
    return (await this.#enabledCodes.get(id, () => this.#readEnabled(id))) ?? false;
  }

  /** What somebody may do in a workspace's dashboard; undefined for who is no member of it. */
  async memberRole(workspaceId: string, memberId: string): Promise<MemberRole | undefined> {
    const member = await this.#members.get(memberId, () => this.#readMember(memberId));
    return member?.workspaceId === workspaceId ? member.role : undefined;
  }

  /** Polls by id, in this order; those that are there. */
  async polls(ids: readonly string[]): Promise<readonly Poll[]> {
    if (ids.length === 0) return [];
    const found = await this.#polls.get(ids.join(), () => this.#readPolls(ids));
    return ids.flatMap((id) => found?.find((poll) => poll.id === id) ?? []);
  }

  template(templateId: string): Promise<Template | undefined> {
    return this.#templates.get(templateId, () => readTemplate(this.#db, eq(templates.id, templateId)));
  }

  defaultTemplate(workspaceId: string): Promise<Template | undefined> {
    return this.#defaults.get(workspaceId, () => readTemplate(this.#db, isDefaultOf(workspaceId)));
  }

  /** Newest first. First pages are remembered, unless they are of a search, which is another with each letter. */
  async roomPage(page: RoomPage): Promise<readonly Room[]> {
    if (page.start !== undefined || page.search !== undefined) return readRoomPage(this.#db, page);
    return (await this.#pages.get(JSON.stringify(page), () => readRoomPage(this.#db, page))) ?? [];
  }

  /** To be called after each write of a key, room, template, poll, code or member. */
  drop(written: Written = 'anything'): void {
    this.#drops += 1;
    for (const cache of [this.#places, this.#codes, this.#pages]) cache.clear();
    if (written === 'rooms') return;
    for (const cache of [this.#keys, this.#enabledCodes, this.#members, this.#polls, this.#templates, this.#defaults]) {
      cache.clear();
    }
  }

  /** What a read found beside what it was asked for, unless something was written since it began. */
  async #thenRemember<T extends Findings | undefined>(reading: Promise<T>): Promise<T> {
    const drops = this.#drops;
    const found = await reading;
    if (drops === this.#drops) {
      const { place, signingKey, code } = found ?? {};
      if (place) this.#places.put(place.room.id, Promise.resolve(place));
      if (code) this.#enabledCodes.put(code.id, Promise.resolve(code.enabled));
      if (signingKey) this.#keys.put(signingKey.accessKey, Promise.resolve(signingKey));
    }
    return found;
  }

  async #readByToken(token: { readonly accessKey: string; readonly roomId: string }): Promise<TokenAdmission> {
    const [row] = await this.#db
      .select({ key: accessKeys, room: rooms, template: templates })
      .from(accessKeys)
      .leftJoin(rooms, eq(rooms.id, token.roomId))
      .leftJoin(templates, eq(templates.id, rooms.templateId))
      .where(isKey(token.accessKey));
    return { key: row?.key, place: row?.room && row.template ? placeOf(row.room, row.template) : undefined };
  }

  async #readKey(accessKey: string): Promise<AccessKey | undefined> {
    const [row] = await this.#db.select().from(accessKeys).where(isKey(accessKey));
    return row;
  }

  async #readMember(memberId: string): Promise<Member | undefined> {
    const [row] = await this.#db
      .select({ workspaceId: owners.workspaceId, role: owners.role })
      .from(owners)
      .where(eq(owners.id, memberId));
    return row;
  }

  async #readPolls(ids: readonly string[]): Promise<readonly Poll[]> {
    return this.#db
      .select()
      .from(polls)
      .where(inArray(polls.id, [...ids]));
  }

  async #readPlace(roomId: string): Promise<Place | undefined> {
    const [row] = await this.#db
      .select({ room: rooms, template: templates })
      .from(rooms)
      .innerJoin(templates, eq(templates.id, rooms.templateId))
      .where(eq(rooms.id, roomId));
    return row && placeOf(row.room, row.template);
  }

  async #readEnabled(id: string): Promise<boolean | undefined> {
    const [row] = await this.#db.select({ enabled: roomCodes.enabled }).from(roomCodes).where(eq(roomCodes.id, id));
    return row?.enabled;
  }

  async #readByCode(code: string): Promise<CodeAdmission | undefined> {
    const signingKey = this.#db
      .select({ accessKey: accessKeys.accessKey })
      .from(accessKeys)
      .where(and(eq(accessKeys.workspaceId, rooms.workspaceId), isNull(accessKeys.revokedAt)))
      .orderBy(asc(accessKeys.createdAt), asc(accessKeys.accessKey))
      .limit(1);
    const [row] = await this.#db
      .select({ code: roomCodes, room: rooms, template: templates, signingKey: accessKeys })
      .from(roomCodes)
      .innerJoin(rooms, eq(rooms.id, roomCodes.roomId))
      .innerJoin(templates, eq(templates.id, rooms.templateId))
      .leftJoin(accessKeys, eq(accessKeys.accessKey, signingKey))
      .where(eq(roomCodes.code, code));
    return row && { code: row.code, place: placeOf(row.room, row.template), signingKey: row.signingKey ?? undefined };
  }
}

function isKey(accessKey: string) {
  return and(eq(accessKeys.accessKey, accessKey), isNull(accessKeys.revokedAt));
}

function placeOf(room: typeof rooms.$inferSelect, template: Template): Place {
  return { room: { ...room, templateName: template.name }, template: complete(template) };
}
