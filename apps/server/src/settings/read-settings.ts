import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CodedError, messageOf } from '@amphi/base';
import { describeIssues } from '@amphi/protocol';
import * as z from 'zod';
import { type Settings, settingsSchema } from '../settings.ts';
import { environmentNames, readEnvironment, SETTINGS_FILE_VARIABLE } from './environment.ts';
import { parseJsonWithComments } from './json-with-comments.ts';
import { nearestName } from './nearest-name.ts';

/** The settings cannot be used; the message has one line per problem. */
export class SettingsError extends CodedError<'bad_settings'> {
  constructor(problems: readonly string[]) {
    super('bad_settings', problems.join('\n'));
    this.name = 'SettingsError';
  }
}

/**
 * Reads the file named by `AMPHI_SETTINGS`, if any, then the `AMPHI_…` variables, which win.
 * @param cwd what relative paths are relative to
 * @throws SettingsError
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>, cwd: string): Settings {
  const file = env[SETTINGS_FILE_VARIABLE];
  const given = file ? readSettingsFile(resolve(cwd, file)) : {};
  const { values, problems: unknownVariables } = readEnvironment(env);
  const problems = [...unknownVariables];
  for (const [path, value] of values) setAt(given, path.split('.'), value);
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) problems.push(...describeProblems(parsed.error, given, values));
  if (problems.length > 0 || !parsed.success) throw new SettingsError(problems);
  const { dataDir, tls } = parsed.data;
  return { ...parsed.data, dataDir: resolve(cwd, dataDir), tls: { ...tls, ...absolute(cwd, tls) } };
}

/** The files of `tls`, which are relative to the working directory. */
function absolute(cwd: string, tls: Settings['tls']): Pick<Settings['tls'], 'certFile' | 'keyFile'> {
  const at = (path: string | undefined): string | undefined => (path === undefined ? undefined : resolve(cwd, path));
  return { certFile: at(tls.certFile), keyFile: at(tls.keyFile) };
}

function readSettingsFile(path: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseJsonWithComments(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new SettingsError([`${SETTINGS_FILE_VARIABLE}: ${path} cannot be read: ${messageOf(error)}`]);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SettingsError([`${SETTINGS_FILE_VARIABLE}: ${path} must hold one JSON object`]);
  }
  return value as Record<string, unknown>;
}

function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const inner = target[key];
  // Something else than an object in the file is for the schema to refuse, unless the environment replaces it.
  const next = typeof inner === 'object' && inner !== null ? { ...inner } : {};
  target[key] = next;
  setAt(next as Record<string, unknown>, rest, value);
}

function describeProblems(
  error: z.ZodError,
  given: unknown,
  fromEnvironment: ReadonlyMap<string, unknown>,
): readonly string[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const path = [...issue.path.map(String), key].join('.');
        const nearest = nearestName(path, settingNames());
        return `${path}: no such setting${nearest ? `; the nearest is ${nearest}` : ''}`;
      });
    }
    const path = issue.path.map(String).join('.');
    const source = [...environmentNames].find(([, setting]) => path === setting && fromEnvironment.has(setting))?.[0];
    const [text] = describeIssues(new z.ZodError([issue]), withoutSecrets(given));
    return [source ? `${text} (${source})` : (text ?? path)];
  });
}

/** Settings whose text is a secret or holds one, as the lists do that come from a variable as JSON. */
const SECRET = /^(secret|secretAccessKey|credential|metricsToken|databaseUrl|iceServers|turn)$/;

/** What may be shown on a terminal and kept in a log. */
function withoutSecrets(given: unknown): unknown {
  return JSON.parse(
    JSON.stringify(given, (key, value: unknown) =>
      typeof value === 'string' && SECRET.test(key) ? `${value.length} characters` : value,
    ),
  );
}

/** Paths of all settings, such as `rtc.udpPort`. */
export function settingNames(): readonly string[] {
  const names: string[] = [];
  const walk = (shape: Readonly<Record<string, unknown>>, prefix: string): void => {
    for (const [key, schema] of Object.entries(shape)) {
      const inner = unwrap(schema);
      if (inner instanceof z.ZodObject) walk(inner.shape, `${prefix}${key}.`);
      else names.push(`${prefix}${key}`);
    }
  };
  walk(settingsSchema.shape, '');
  return names;
}

function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) {
    return unwrap(schema.def.innerType);
  }
  return schema;
}
