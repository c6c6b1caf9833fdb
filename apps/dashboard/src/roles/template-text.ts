import { importedTemplate, PublicError, parseOrThrow, type TemplateBody } from '@amphi/protocol';

/** Templates as text, and back. */

/** What a template says, without the names and ids that are of this place. */
export function exportedText({ name: _, ...body }: TemplateBody): string {
  const own = Object.entries(body.roles).filter(([role]) => !role.startsWith('__'));
  return `${JSON.stringify({ ...body, roles: Object.fromEntries(own) }, null, 2)}\n`;
}

/** @throws PublicError naming the field that is wrong, or where the text ceases to be JSON */
export function readTemplate(text: string): Omit<TemplateBody, 'name'> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new PublicError(400, `It is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return parseOrThrow(importedTemplate, json, 'template');
}

/** What would be other than it is, in words. */
export function changedNames(before: TemplateBody, after: Omit<TemplateBody, 'name'>): string[] {
  const names = new Set(
    [...Object.keys(before.roles), ...Object.keys(after.roles)].filter((name) => !name.startsWith('__')),
  );
  const roles = [...names].flatMap((name) => {
    const [was, is] = [before.roles[name], after.roles[name]];
    if (!was) return [`adds the role ${name}`];
    if (!is) return [`removes the role ${name}`];
    return isSame(was, is) ? [] : [`changes the role ${name}`];
  });
  const parts = (['settings', 'destinations', 'recordings', 'plugins'] as const).filter(
    (part) => !isSame(before[part], after[part]),
  );
  return [...roles, ...parts.map((part) => `changes ${part}`)];
}

/** Whatever the order of the fields. */
function isSame(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
