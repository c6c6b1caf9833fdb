import { type Effect, type Effects, type Fact, type Session, subscribeLimitsOf, visibleTracks } from '@amphi/rooms';
import type { Attendance } from './attendance.ts';
import type { ChatMemory } from './chat-memory.ts';
import type { Deadlines } from './deadlines.ts';
import type { FanOut } from './fan-out.ts';
import type { PeerMedia } from './peer-media.ts';
import type { Reports } from './reports.ts';
import type { SessionOutputs } from './session-outputs.ts';
import type { Lane, Steps } from './turns.ts';

/** A decision of so many effects has taken a good part of the turn itself: what it delivers begins in the next one. */
const LARGE_DECISION = 500;

/** What has happened: it is noted at once. */
type Noted = Extract<Effect, { type: 'fact' | 'messageKept' | 'messagesForgotten' }>;

/** Effects that are for peers and what is theirs: they take their time. */
type Delivered = Exclude<Effect, Noted>;

/** Puts the decisions of `rooms` into effect: what happened at once, what peers get in order and in the session's own time. */
export class Deliveries {
  readonly #rules: Session;
  readonly #lane: Lane;
  readonly #fanOut: FanOut;
  readonly #attendance: Attendance;
  readonly #outputs: SessionOutputs;
  readonly #reports: Reports;
  readonly #deadlines: Deadlines;
  readonly #chat: ChatMemory;
  readonly #record: (fact: Fact) => void;
  readonly #lockRoom: () => void;
  readonly #end: () => void;

  constructor(options: {
    readonly rules: Session;
    readonly lane: Lane;
    readonly fanOut: FanOut;
    readonly attendance: Attendance;
    readonly outputs: SessionOutputs;
    readonly reports: Reports;
    readonly deadlines: Deadlines;
    readonly chat: ChatMemory;
    record(fact: Fact): void;
    /** Nobody comes in any more. */
    lockRoom(): void;
    /** The session is over. */
    end(): void;
  }) {
    this.#rules = options.rules;
    this.#lane = options.lane;
    this.#fanOut = options.fanOut;
    this.#attendance = options.attendance;
    this.#outputs = options.outputs;
    this.#reports = options.reports;
    this.#deadlines = options.deadlines;
    this.#chat = options.chat;
    this.#record = (fact) => options.record(fact);
    this.#lockRoom = () => options.lockRoom();
    this.#end = () => options.end();
  }

  /** Never throws: a fault ends the lane, and with it the session. */
  put(effects: Effects): void {
    if (effects.length > LARGE_DECISION) this.#lane.rest();
    for (const effect of effects) {
      if (isNoted(effect)) this.#note(effect);
      else this.#lane.push(this.#stepsOf(effect), weightOf(effect));
    }
  }

  /** Runs something after all that peers were told before. */
  after(run: () => void): void {
    this.#lane.push(once(run));
  }

  /** Brings what a peer is sent in line with what it may be sent now. */
  showMedia(peerId: string): void {
    const role = this.#rules.members.get(peerId)?.role;
    const limits = role ? subscribeLimitsOf(role) : {};
    this.#mediaOf(peerId)?.setVisible(visibleTracks(this.#rules, peerId), limits);
  }

  #note(effect: Noted): void {
    switch (effect.type) {
      case 'fact':
        this.#record(effect.fact);
        return;
      case 'messageKept':
        this.#chat.keep(effect.message);
        return;
      case 'messagesForgotten':
        this.#chat.forget(effect.ids);
    }
  }

  *#stepsOf(effect: Delivered): Generator<void> {
    switch (effect.type) {
      case 'notify':
        yield* this.#fanOut.steps(effect.to, effect.notification, effect.except);
        return;
      case 'subscriptionsChanged':
        for (const peerId of effect.peerIds) {
          if (!this.#mediaOf(peerId)) continue;
          this.showMedia(peerId);
          yield;
        }
        return;
      default:
        this.#applyOne(effect);
    }
  }

  #applyOne(effect: Exclude<Delivered, { type: 'notify' | 'subscriptionsChanged' }>): void {
    switch (effect.type) {
      case 'closeTrack':
        this.#mediaOf(effect.peerId)?.closeTrack(effect.trackId);
        return;
      case 'trackMuted':
        this.#mediaOf(effect.peerId)?.setTrackMuted(effect.trackId, effect.muted);
        return;
      case 'membershipChanged':
        this.#reports.countsChanged();
        this.#outputs.watchBroadcasters();
        return;
      case 'pollChanged':
        this.#reports.pollChanged(effect.pollId);
        return;
      case 'boardDeserted':
        this.#deadlines.watchBoard();
        return;
      case 'bearerBarred':
        this.#attendance.bar(effect.bearer);
        return;
      case 'peerGone':
        this.#attendance.release(effect.peerId);
        return;
      case 'streamChanged':
        this.#reports.streamChanged();
        this.#attendance.watchEmptiness();
        return;
      case 'outputChanged':
        this.#reports.outputChanged();
        this.#attendance.watchEmptiness();
        return;
      case 'roomLocked':
        this.#lockRoom();
        return;
      case 'sessionEnded':
        this.#end();
    }
  }

  #mediaOf(peerId: string): PeerMedia | undefined {
    return this.#attendance.links.get(peerId)?.media;
  }
}

function isNoted(effect: Effect): effect is Noted {
  return effect.type === 'fact' || effect.type === 'messageKept' || effect.type === 'messagesForgotten';
}

/** About how many deliveries it is. */
function weightOf(effect: Delivered): number {
  if (effect.type === 'notify') return effect.to.length;
  return effect.type === 'subscriptionsChanged' ? effect.peerIds.length : 1;
}

function once(run: () => void): Steps {
  return {
    next: () => {
      run();
      return { done: true, value: undefined };
    },
  };
}
