import type { RoomCommandName, RoomCommands, RoomEvent } from './messages.ts';
import { EmbedError, RoomFrame } from './room-frame.ts';
import type { RoomElement, RoomOptions } from './room-url.ts';

const ATTRIBUTES = [
  'link',
  'name',
  'user-id',
  'skip-preview',
  'microphone',
  'camera',
  'theme',
  'lang',
  'hide',
] as const;
type Attribute = (typeof ATTRIBUTES)[number];

const STYLE = ':host{display:block;min-height:20rem}:host([hidden]){display:none}iframe{width:100%;height:100%}';

/** What `<amphi-room>` can do besides what every element can. Events of the room are DOM events of it, what is told is in `detail`. */
export interface AmphiRoomElement extends HTMLElement {
  /** Asks the room app for something. @throws EmbedError (rejects) */
  send<Name extends RoomCommandName>(name: Name, params: RoomCommands[Name]): Promise<void>;
  leave(): Promise<void>;
  setMicrophone(isOn: boolean): Promise<void>;
  setCamera(isOn: boolean): Promise<void>;
  setHand(isRaised: boolean): Promise<void>;
}

declare global {
  interface HTMLElementTagNameMap {
    'amphi-room': AmphiRoomElement;
  }
}

/**
 * Makes `<amphi-room link="…">` known to the browser. Harmless when it already is, and where there is no browser.
 *
 * Its attributes are those of `RoomOptions`: `user-id`, `skip-preview`, `microphone` and `camera` (`on` or `off`), `hide` (names
 * separated by commas or spaces). An attribute that changes loads the room anew; the element taken out of the document leaves it.
 */
export function defineRoomElement(): void {
  if (typeof customElements === 'undefined' || customElements.get('amphi-room')) return;
  customElements.define('amphi-room', makeRoomElement());
}

/** Made when it is asked for: where pages are rendered without a browser there is no `HTMLElement`. */
function makeRoomElement(): CustomElementConstructor {
  return class extends HTMLElement implements AmphiRoomElement {
    static readonly observedAttributes = ATTRIBUTES;
    readonly #root = this.attachShadow({ mode: 'open' });
    #frame: RoomFrame | undefined;
    #isDue = false;

    connectedCallback(): void {
      this.#loadSoon();
    }

    disconnectedCallback(): void {
      this.#frame?.close();
      this.#frame = undefined;
    }

    attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
      if (before !== after && this.isConnected) this.#loadSoon();
    }

    send<Name extends RoomCommandName>(name: Name, params: RoomCommands[Name]): Promise<void> {
      if (!this.#frame) return Promise.reject(new EmbedError('closed', 'no room is shown'));
      return this.#frame.send(name, params);
    }

    leave(): Promise<void> {
      return this.send('leave', {});
    }

    setMicrophone(isOn: boolean): Promise<void> {
      return this.send('set-microphone', { isOn });
    }

    setCamera(isOn: boolean): Promise<void> {
      return this.send('set-camera', { isOn });
    }

    setHand(isRaised: boolean): Promise<void> {
      return this.send('set-hand', { isRaised });
    }

    /** Attributes that are set one after the other make one room. */
    #loadSoon(): void {
      if (this.#isDue) return;
      this.#isDue = true;
      queueMicrotask(() => {
        this.#isDue = false;
        if (this.isConnected) this.#load();
      });
    }

    #load(): void {
      this.#frame?.close();
      this.#frame = undefined;
      const link = this.getAttribute('link');
      if (!link) return;
      try {
        this.#frame = new RoomFrame(optionsOf(link, (name) => this.getAttribute(name) ?? undefined));
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.#dispatch({ name: 'error', detail: { code: 'bad_link', message } });
        return;
      }
      this.#frame.onAny((event) => this.#dispatch(event));
      const style = document.createElement('style');
      style.textContent = STYLE;
      this.#root.replaceChildren(style, this.#frame.iframe);
    }

    #dispatch({ name, detail }: RoomEvent): void {
      this.dispatchEvent(new CustomEvent(name, { detail }));
    }
  };
}

function optionsOf(link: string, attribute: (name: Attribute) => string | undefined): RoomOptions {
  const flag = (name: Attribute): boolean | undefined => {
    const value = attribute(name);
    return value === undefined ? undefined : value !== 'off' && value !== 'false';
  };
  return {
    link,
    name: attribute('name'),
    userId: attribute('user-id'),
    skipPreview: flag('skip-preview'),
    microphone: flag('microphone'),
    camera: flag('camera'),
    theme: attribute('theme') as RoomOptions['theme'],
    lang: attribute('lang'),
    hide: attribute('hide')
      ?.split(/[\s,]+/)
      .filter(Boolean) as RoomElement[] | undefined,
  };
}
