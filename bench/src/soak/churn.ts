import type { AmphiServer, TestPage } from '@amphi/testkit';
import { WebSocket } from 'ws';
import { join, Visitor } from '../hostile/guest.ts';
import { enterRoom } from '../peers/enter-room.ts';

/** A busy machine is slow, and that is not what is judged. */
const PATIENCE_MS = 60_000;
const PING_MS = 3_000;

/** Something that somebody does, and is done when they see it. */
interface Step {
  readonly what: string;
  act(): Promise<void>;
}

/** Somebody without media, who is there by a socket alone. */
interface Silent {
  readonly socket: WebSocket;
  readonly closed: Promise<void>;
}

/**
 * People who come to a live room, do something and go, a step at a time: one with a camera in a browser, who mutes and shares
 * a screen, one on stage without media, one in the stream audience.
 */
export class Churn {
  readonly #guest: TestPage;
  readonly #server: AmphiServer;
  readonly #steps: readonly Step[];
  readonly #silent = new Map<string, Silent>();
  #next = 0;

  /** @param guest a page with a camera, in no room */
  constructor(server: AmphiServer, guest: TestPage) {
    this.#server = server;
    this.#guest = guest;
    const silent = (role: string): readonly Step[] => [
      { what: `somebody comes as ${role}`, act: () => this.#come(role) },
      { what: `who came as ${role} goes`, act: () => this.#go(role) },
    ];
    const [onStageComes, onStageGoes] = silent('viewer-on-stage') as [Step, Step];
    const [viewerComes, viewerGoes] = silent('hls-viewer') as [Step, Step];
    const press = (what: string, control: string, isOn: boolean): Step => ({
      what: `the guest ${what}`,
      act: () => this.#press(control, isOn),
    });
    this.#steps = [
      { what: 'the guest comes', act: () => this.#enter() },
      press('mutes', 'mic-toggle', false),
      onStageComes,
      press('shares', 'screen-toggle', true),
      viewerComes,
      press('turns the camera off', 'cam-toggle', false),
      onStageGoes,
      press('shares no more', 'screen-toggle', false),
      press('turns the camera on', 'cam-toggle', true),
      press('is heard again', 'mic-toggle', true),
      viewerGoes,
      { what: 'the guest goes', act: () => this.#leave() },
    ];
  }

  /** How many steps were taken. */
  get count(): number {
    return this.#next;
  }

  /** Takes the next step. @returns what it was. @throws when it does not come about */
  async step(): Promise<string> {
    const { what, act } = this.#steps[this.#next % this.#steps.length]!;
    try {
      await act();
    } catch (error) {
      throw new Error(`${what}: ${String(error)}`, { cause: error });
    }
    this.#next++;
    return what;
  }

  /** Takes the steps that are left of a round: all who came have gone. */
  async finish(): Promise<void> {
    while (this.#next % this.#steps.length !== 0) await this.step();
  }

  async #enter(): Promise<void> {
    await enterRoom(this.#guest, this.#server.links.rooms.broadcaster!, 'Guest');
    await this.#guest.page.locator('[data-testid=stage-tile] video').nth(1).waitFor({ timeout: PATIENCE_MS });
  }

  async #leave(): Promise<void> {
    const { page } = this.#guest;
    await page.getByTestId('leave').click({ timeout: PATIENCE_MS });
    // Who may end the stream is asked.
    await page.getByTestId('leave-confirm').click({ timeout: PATIENCE_MS });
    await page.getByTestId('left-screen').waitFor({ timeout: PATIENCE_MS });
  }

  async #press(control: string, isOn: boolean): Promise<void> {
    const { page } = this.#guest;
    await page.getByTestId(control).click({ timeout: PATIENCE_MS });
    const pressed = page.locator(`[data-testid=${control}][aria-pressed=${isOn}]`);
    await pressed.waitFor({ timeout: PATIENCE_MS });
  }

  async #come(role: string): Promise<void> {
    const { url, rooms } = this.#server.links;
    const visitor = new Visitor(url, '192.0.2.1');
    const socket = await visitor.socket(await visitor.token(rooms[role]!.split('/').at(-1)!));
    visitor.leave();
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    await join(socket, { name: 'Silent' });
    // Whoever says nothing for long is taken to be gone.
    const pings = setInterval(() => socket.send(JSON.stringify({ id: 'ping', method: 'ping', params: {} })), PING_MS);
    void closed.then(() => clearInterval(pings));
    this.#silent.set(role, { socket, closed });
  }

  async #go(role: string): Promise<void> {
    const { socket, closed } = this.#silent.get(role)!;
    this.#silent.delete(role);
    if (socket.readyState !== WebSocket.OPEN) throw new Error('the server has closed the socket');
    socket.send(JSON.stringify({ method: 'leave', params: {} }));
    socket.close();
    await closed;
  }
}
