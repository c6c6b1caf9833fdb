import { assert } from '@amphi/base';
import type { MediaKind, OfferedSection, RemoteDescription, RtpParameters } from '@amphi/sdp';

/** Mid of the data channel section, which is always the first. */
export const DATA_MID = '0';

/** What occupies a section. */
export interface Occupant {
  readonly streamId: string;
  readonly trackId: string;
  readonly parameters: RtpParameters;
}

interface MediaSlot {
  readonly mid: string;
  readonly kind: MediaKind;
  occupant: Occupant;
  isActive: boolean;
  /** Grows with every change … */
  revision: number;
  /** … and the client knows the section up to here. */
  answered: number;
}

/** Which revision of each section an offer shows. */
export type OfferedRevisions = ReadonlyMap<string, number>;

/**
 * The sections of a subscribe connection. They are only ever added. A track that goes makes its section inactive; the
 * section may be given to another track once the client has answered the offer that showed it inactive (an active
 * section never changes its ids).
 */
export class OfferedSections {
  readonly #slots: MediaSlot[] = [];

  /** Mid that the next track of this kind will get. */
  nextMid(kind: MediaKind): string {
    return this.#reusable(kind)?.mid ?? String(this.#slots.length + 1);
  }

  /** Puts a track into the section named by `nextMid`. */
  occupy(kind: MediaKind, mid: string, occupant: Occupant): void {
    const slot = this.#reusable(kind);
    if (slot?.mid === mid) {
      Object.assign(slot, { occupant, isActive: true, revision: slot.revision + 1 });
      return;
    }
    assert(mid === String(this.#slots.length + 1), `section ${mid} is the next`);
    this.#slots.push({ mid, kind, occupant, isActive: true, revision: 1, answered: 0 });
  }

  vacate(mid: string): void {
    const slot = this.#slot(mid);
    if (!slot?.isActive) return;
    slot.isActive = false;
    slot.revision += 1;
  }

  /** Whether the client has answered the section as it is now. */
  isAnswered(mid: string): boolean {
    const slot = this.#slot(mid);
    return slot !== undefined && slot.answered === slot.revision;
  }

  /** Whether the client has yet to be told of something. */
  get hasChanges(): boolean {
    return this.#slots.some((slot) => slot.answered !== slot.revision);
  }

  list(): readonly OfferedSection[] {
    return [
      { kind: 'data', mid: DATA_MID },
      ...this.#slots.map(({ kind, mid, occupant, isActive }) => ({
        kind,
        mid,
        state: isActive ? ('active' as const) : ('inactive' as const),
        ...occupant,
      })),
    ];
  }

  revisions(): OfferedRevisions {
    return new Map(this.#slots.map(({ mid, revision }) => [mid, revision]));
  }

  /**
   * Takes an answer to the offer that showed `offered`.
   * @returns mids of active sections that the client did not accept
   */
  answer(offered: OfferedRevisions, answer: RemoteDescription): readonly string[] {
    const rejected: string[] = [];
    for (const slot of this.#slots) {
      const revision = offered.get(slot.mid);
      if (revision === undefined) continue;
      slot.answered = revision;
      if (slot.isActive && slot.revision === revision && !isAccepted(slot, answer)) rejected.push(slot.mid);
    }
    return rejected;
  }

  #slot(mid: string): MediaSlot | undefined {
    return this.#slots.find((slot) => slot.mid === mid);
  }

  #reusable(kind: MediaKind): MediaSlot | undefined {
    return this.#slots.find((slot) => slot.kind === kind && !slot.isActive && slot.answered === slot.revision);
  }
}

function isAccepted(slot: MediaSlot, answer: RemoteDescription): boolean {
  const section = answer.sections.find(({ mid }) => mid === slot.mid);
  if (!section || section.kind === 'other' || section.stopped) return false;
  const payloadType = slot.occupant.parameters.codecs[0]?.payloadType;
  const receives = section.direction === 'recvonly' || section.direction === 'sendrecv';
  return receives && section.codecs.some((codec) => codec.payloadType === payloadType);
}
