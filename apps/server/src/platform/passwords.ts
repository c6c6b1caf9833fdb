import { hash, verify } from '@node-rs/argon2';

/**
 * Argon2id (the library's default) with OWASP's parameters (19 MiB, 2 passes). They are stored in each hash (PHC string format), so they can be
 * raised later.
 */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export function hashPassword(password: string): Promise<string> {
  return hash(password, PARAMETERS);
}

let decoy: Promise<string> | undefined;

/** Takes as long without a hash, so that the time does not tell who has an account. */
export async function isPassword(passwordHash: string | null | undefined, password: string): Promise<boolean> {
  if (passwordHash) return verify(passwordHash, password);
  decoy ??= hashPassword('nobody has this password');
  await verify(await decoy, password);
  return false;
}
