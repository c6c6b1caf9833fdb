import { VirtualClock } from '@amphi/testkit';
import { createSession, type Session } from '../src/index.ts';
import { FakeHost } from './fake-host.ts';

export interface Setup {
  readonly host: FakeHost;
  readonly clock: VirtualClock;
  readonly session: Session;
}

export function setUp(roleName = 'broadcaster'): Setup {
  const host = new FakeHost();
  host.roleName = roleName;
  const clock = new VirtualClock();
  const session = createSession({ endpoint: 'https://live.example.org/', environment: host, clock });
  return { host, clock, session };
}

export async function joined(
  roleName = 'broadcaster',
  options: { microphone?: boolean; camera?: boolean } = {},
): Promise<Setup> {
  const setup = setUp(roleName);
  await setup.session.join({ access: { roomCode: 'abc-defg-hij' }, name: 'Ada', ...options });
  await settled();
  return setup;
}

/** Lets everything that waits on promises run: the fakes answer in microtasks. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 100; i++) await Promise.resolve();
}

export async function advance(clock: VirtualClock, ms: number, stepMs = 250): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    clock.advance(Math.min(stepMs, ms - passed));
    await settled();
  }
}
