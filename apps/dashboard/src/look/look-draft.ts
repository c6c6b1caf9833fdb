import { contrastOf, type RoleLook, type RoomLook, type RoomTheme, roomLook, VISIBLE } from '@amphi/protocol';

export type TextField = {
  [Key in keyof RoleLook]-?: RoleLook[Key] extends string | undefined ? Key : never;
}[keyof RoleLook];

export type SwitchField = {
  [Key in keyof RoleLook]-?: RoleLook[Key] extends boolean | undefined ? Key : never;
}[keyof RoleLook];

/** Starting points, each of which can be read. */
export const THEMES: Readonly<Record<RoomTheme['mode'], RoomTheme>> = {
  dark: { mode: 'dark', accent: '#278073', background: '#0f1412' },
  light: { mode: 'light', accent: '#0d5c54', background: '#f3f4f0' },
};

/** The draft with another value of a role's field; undefined, or what the role has by itself: nothing is said of it. */
export function withField<Field extends keyof RoleLook>(
  look: RoomLook,
  defaults: RoleLook,
  [role, field]: readonly [string, Field],
  value: RoleLook[Field] | undefined,
): RoomLook {
  const { [field]: _, ...others } = look.roles[role] ?? {};
  const isSaid = value !== undefined && JSON.stringify(value) !== JSON.stringify(defaults[field]);
  return withRole(look, role, isSaid ? { ...others, [field]: value } : others);
}

/** The draft with what is said of a role; a role of which nothing is said is not in it. */
export function withRole(look: RoomLook, role: string, said: RoleLook): RoomLook {
  const { [role]: _, ...others } = look.roles;
  return { ...look, roles: Object.keys(said).length > 0 ? { ...others, [role]: said } : others };
}

/** What is wrong, by the path of the field, as `roles.host.title`. */
export function problemsOf(look: RoomLook): ReadonlyMap<string, string> {
  const read = roomLook.safeParse(look);
  return new Map(read.error?.issues.map(({ path, message }) => [path.join('.'), message]));
}

/** The role that has a problem. */
export function roleOfProblem(problems: ReadonlyMap<string, string>, roles: readonly string[]): string | undefined {
  const paths = [...problems.keys()];
  return roles.find((role) => paths.some((path) => path.startsWith(`roles.${role}.`)));
}

/** What is not wrong, and yet not good; undefined: nothing. */
export function warningOf({ accent, background }: RoomTheme): string | undefined {
  if (contrastOf(accent, background) >= VISIBLE) return undefined;
  return 'Buttons of this colour hardly stand out from the background.';
}

/** Whether two looks say the same, in whichever order. */
export function isSame(a: RoomLook, b: RoomLook): boolean {
  return JSON.stringify(ordered(a)) === JSON.stringify(ordered(b));
}

function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, part]) => [key, ordered(part)]));
}
